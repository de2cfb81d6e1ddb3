/**
 * A clock that each piece of asynchronous work can set for itself.
 *
 * Import this module before anything else: it replaces `Date` once. Code that runs inside
 * `at(moment, work)` sees time standing still at `moment`; everything else sees the real time.
 */
import { AsyncLocalStorage } from "node:async_hooks";

const RealDate = Date;
const frozen = new AsyncLocalStorage();

const now = () => frozen.getStore() ?? RealDate.now();

const SettableDate = new Proxy(RealDate, {
  construct(target, args, newTarget) {
    const own = newTarget === SettableDate ? target : newTarget;
    return Reflect.construct(target, args.length === 0 ? [now()] : args, own);
  },
  apply() {
    return new RealDate(now()).toString();
  },
  get(target, property, receiver) {
    return property === "now" ? now : Reflect.get(target, property, receiver);
  },
});

RealDate.prototype.constructor = SettableDate;
globalThis.Date = SettableDate;

/** Run `work` while its clock stands at `moment`, milliseconds since 1970. */
export function at(moment, work) {
  return frozen.run(moment, work);
}
