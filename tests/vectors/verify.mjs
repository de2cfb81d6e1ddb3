// Has upstream read what pyauth made. Reads one JSON document from standard input and prints one.
//
//   node tests/vectors/verify.mjs [folder with node_modules] < made-by-pyauth.json
import { readFileSync } from "node:fs";

import { betterCall, crypto } from "./upstream.mjs";

const made = JSON.parse(readFileSync(0, "utf8"));
const all = (list, read) => Promise.all((list ?? []).map(read));

// A context as upstream's router makes it for one request with this Cookie header.
const readSigned = async ({ header, name, secret }) => {
  const endpoint = betterCall.createEndpoint("/", { method: "GET" }, (ctx) =>
    ctx.getSignedCookie(name, secret),
  );
  return endpoint({ headers: new Headers({ cookie: header }) });
};

const keyOf = (key) =>
  typeof key === "string" ? key : { ...key, keys: new Map(key.keys) };

const result = {
  passwords: await all(made.passwords, ({ hash, password }) =>
    crypto.verifyPassword({ hash, password }),
  ),
  signed_cookies: await all(made.signed_cookies, readSigned),
  parsed_headers: (made.parsed_headers ?? []).map((header) =>
    Object.fromEntries(betterCall.parseCookies(header)),
  ),
  tokens: await all(made.tokens, ({ token, secret }) => crypto.verifyJWT(token, secret)),
  envelopes: await all(made.envelopes, ({ key, value }) =>
    crypto.symmetricDecrypt({ key: keyOf(key), data: value }),
  ),
};

process.stdout.write(JSON.stringify(result));
