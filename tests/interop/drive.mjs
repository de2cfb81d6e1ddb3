/**
 * Drives a server with the official client and prints what the client made of its answers.
 *
 *   node drive.mjs VERSION ORIGIN     e.g. node drive.mjs 1.6.9 http://127.0.0.1:5000
 *
 * Output: one JSON object, step name to {data, error}.
 */
import { openBrowser, step, steps, version } from "./browser.mjs";

const email = `ada-${version}@example.com`;
const password = "correct horse battery";
const ada = openBrowser();
const phone = openBrowser();
const stranger = openBrowser();

await step("signed out", ada.client.getSession());
await step("short password", ada.client.signUp.email({ name: "Ada", email, password: "short" }));
await step("bad address", ada.client.signUp.email({ name: "Ada", email: "ada", password }));
const signedUp = await step(
  "sign up",
  ada.client.signUp.email({ name: "Ada", email, password, image: "https://example.com/a.png" }),
);
steps["cookies after sign up"] = { data: [...ada.jar.keys()], error: null };
await step("taken address", stranger.client.signUp.email({ name: "Eve", email, password }));
await step("session", ada.client.getSession());

await step("wrong password", phone.client.signIn.email({ email, password: "wrong password" }));
await step("unknown user", phone.client.signIn.email({ email: "x@example.com", password }));
const onPhone = await step(
  "sign in",
  phone.client.signIn.email({ email, password, rememberMe: false }),
);
steps["cookies after forgetful sign in"] = { data: [...phone.jar.keys()], error: null };
await step("session on phone", phone.client.getSession({ query: { disableCookieCache: true } }));

await step("list", ada.client.listSessions());
await step("list signed out", stranger.client.listSessions());
await step("revoke a number", ada.client.revokeSession({ token: 5 }));
await step("revoke phone", ada.client.revokeSession({ token: onPhone?.token }));
await step("phone after revocation", phone.client.getSession());

await step("sign in again", phone.client.signIn.email({ email, password }));
await step("revoke others", phone.client.revokeOtherSessions());
await step("ada after revocation", ada.client.getSession());
await step("list on phone", phone.client.listSessions());

await step("update session", phone.client.updateSession({ theme: "dark" }));
await step("update unknown field", phone.client.updateSession({ unknown: 1 }));
await step("session after update", phone.client.getSession());

await step("revoke all", phone.client.revokeSessions());
await step("phone after all", phone.client.getSession());

await step("last sign in", ada.client.signIn.email({ email, password }));
await step("sign out", ada.client.signOut());
steps["cookies after sign out"] = { data: [...ada.jar.keys()], error: null };
await step("after sign out", ada.client.getSession());
await step("sign out twice", ada.client.signOut());

await step("bad link", ada.client.verifyEmail({ query: { token: "nonsense" } }));
await step("unknown route", ada.client.$fetch("/no-such-route"));
steps["signed up as"] = { data: signedUp?.user?.email ?? null, error: null };

console.log(JSON.stringify(steps));
process.exit(0);
