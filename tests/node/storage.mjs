/**
 * Secondary storages for upstream: one in memory that can be looked into, and one in Redis through
 * the few commands that it takes.
 */
import { connect } from "node:net";

/** Values in memory; they expire by `Date.now()`, which the scenario sets. */
export function memoryStorage() {
  const entries = new Map();
  const find = (key) => {
    const entry = entries.get(key);
    if (!entry) return null;
    if (entry.expiresAt === null || entry.expiresAt > Date.now()) return entry;
    entries.delete(key);
    return null;
  };
  return {
    get: async (key) => find(key)?.value ?? null,
    set: async (key, value, ttl) => {
      entries.set(key, { value, expiresAt: ttl ? Date.now() + ttl * 1000 : null });
    },
    delete: async (key) => {
      entries.delete(key);
    },
    /** Every living entry: key to value and the whole seconds it has left. */
    look: () =>
      Object.fromEntries(
        [...entries.keys()].filter(find).map((key) => {
          const { value, expiresAt } = find(key);
          const left = expiresAt === null ? null : Math.floor((expiresAt - Date.now()) / 1000);
          return [key, { value, ttl: left }];
        }),
      ),
  };
}

/** Values in Redis, as upstream's own package keeps them. */
export function redisStorage({ port, prefix }) {
  const socket = connect(port, "127.0.0.1");
  const waiting = [];
  let received = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    received = Buffer.concat([received, chunk]);
    for (let reply = readReply(received); reply; reply = readReply(received)) {
      received = received.subarray(reply.length);
      waiting.shift()(reply.value);
    }
  });
  const send = (...words) =>
    new Promise((resolve) => {
      waiting.push(resolve);
      const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
      socket.write(`*${words.length}\r\n${parts.join("")}`);
    });
  return {
    get: (key) => send("GET", prefix + key),
    set: async (key, value, ttl) => {
      await (ttl > 0
        ? send("SETEX", prefix + key, String(ttl), value)
        : send("SET", prefix + key, value));
    },
    delete: async (key) => {
      await send("DEL", prefix + key);
    },
    close: () => socket.destroy(),
  };
}

/** The first whole reply in a buffer: a status, a number or a text; null when there is none. */
function readReply(buffer) {
  const end = buffer.indexOf("\r\n");
  if (end < 0) return null;
  const line = buffer.toString("utf8", 1, end);
  if (buffer[0] !== "$".charCodeAt(0)) return { value: line, length: end + 2 };
  const size = Number(line);
  if (size < 0) return { value: null, length: end + 2 };
  if (buffer.length < end + 4 + size) return null;
  return { value: buffer.toString("utf8", end + 2, end + 2 + size), length: end + 4 + size };
}
