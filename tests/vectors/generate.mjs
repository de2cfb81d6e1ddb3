// Writes upstream.json: what the real upstream makes, for pyauth's tests to read back.
//
//   (cd tests/node && npm ci) && node tests/vectors/generate.mjs [folder with node_modules]
//
// The folder defaults to tests/node. Salts, nonces and times differ from run to run; the tests
// verify and decrypt, so any run will do.
import { writeFileSync } from "node:fs";

import { betterCall, crypto, versions } from "./upstream.mjs";

const secret = "vector-secret-0123456789abcdefABCDEF-xyz";
const older = "older-vector-secret-0123456789abcdefABCDEF";
const legacy = "legacy-vector-secret-0123456789abcdefABCDEF";
const rotating = {
  keys: new Map([
    [2, secret],
    [1, older],
  ]),
  currentVersion: 2,
  legacySecret: legacy,
};

const texts = ["hello world", "", "žluťoučký kůň 🐎", '{"a":[1,2,3]}', "line\nbreak\u0000nul"];
const passwords = [
  "correct horse battery staple",
  "p\u00e4ssw\u00f6rd-composed",
  "pa\u0308sswo\u0308rd-decomposed",
  "\uff30\uff41\uff53\uff53\uff57\uff4f\uff52\uff44-\ufb01-\u2460",
  "🔐🔐🔐🔐🔐🔐🔐🔐",
  "x".repeat(128),
];
const values = [
  "AbCdEfGhIjKlMnOpQrStUvWxYz012345",
  "true",
  "a.b.c",
  "-_.!~*'()",
  "space ; , = \" % + / \\ end",
  "čeština 🍪",
];
const headers = [
  "a=1; b=2",
  "a=1;b=2;  c = 3 ",
  "a=1; a=2",
  'q="quoted value"; e=""; u="open; z=1',
  "flag; a=1; other; b=2",
  "a=%20b%C5%BE; broken=%zz; cut=%C5; tail=%; mixed=%41%",
  "a=b=c==; empty=; =nameless",
  "",
  ";;; ; a=1",
  "cesu=%ED%A0%80; overlong=%C0%AF; beyond=%F4%90%80%80; top=%F4%8F%BF%BF",
];
const cookieOptions = [
  {},
  { maxAge: 604800, path: "/", httpOnly: true, sameSite: "lax" },
  { maxAge: 59.9, path: "/x", secure: true, sameSite: "strict", domain: ".example.com" },
  { maxAge: 0, path: "/", httpOnly: true, secure: true, sameSite: "none", partitioned: true },
];

const all = (list, make) => Promise.all(list.map(make));

const vectors = {
  versions,
  secret,
  older,
  legacy,
  passwords: await all(passwords, async (password) => ({
    password,
    hash: await crypto.hashPassword(password),
  })),
  signatures: await all(values, async (value) => ({
    value,
    signature: await crypto.makeSignature(value, secret),
  })),
  signed_cookies: await all(values, async (value) => ({
    value,
    set_cookie: await betterCall.serializeSignedCookie("name", value, secret),
  })),
  plain_cookies: values.map((value) => ({
    value,
    set_cookie: betterCall.serializeCookie("name", value),
  })),
  cookie_attributes: ["name", "__Secure-name", "__Host-name"].flatMap((name) =>
    cookieOptions.map((options) => ({
      name,
      options,
      set_cookie: betterCall.serializeCookie(name, "v", { ...options }),
    })),
  ),
  cookie_headers: headers.map((header) => ({
    header,
    cookies: Object.fromEntries(betterCall.parseCookies(header)),
  })),
  tokens: await all(
    [
      { email: "ada@example.com" },
      { email: "ž@example.com", updateTo: "new@example.com", requestType: "change-email-verification" },
    ],
    async (claims) => ({ claims, token: await crypto.signJWT(claims, secret, 3600) }),
  ),
  token_with_a_short_secret: await crypto.signJWT({ email: "ada@example.com" }, "short", 60),
  envelopes: {
    single: await all(texts, async (text) => ({
      text,
      value: await crypto.symmetricEncrypt({ key: secret, data: text }),
    })),
    rotating: await all(texts, async (text) => ({
      text,
      value: await crypto.symmetricEncrypt({ key: rotating, data: text }),
    })),
    older: await all(texts, async (text) => ({
      text,
      value: await crypto.symmetricEncrypt({ key: { ...rotating, currentVersion: 1 }, data: text }),
    })),
    legacy: await all(texts, async (text) => ({
      text,
      value: await crypto.symmetricEncrypt({ key: legacy, data: text }),
    })),
  },
};

const target = new URL("upstream.json", import.meta.url);
writeFileSync(target, `${JSON.stringify(vectors, null, 1)}\n`);
