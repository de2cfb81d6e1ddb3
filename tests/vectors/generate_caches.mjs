// Writes cookie_caches.json: sessions in cookies as the real upstream sets them at a sign-up.
//
//   (cd tests/node && npm ci) && node tests/vectors/generate_caches.mjs [folder with node_modules]
//
// Ids, tokens and times differ from run to run; each case says when it was made.
import { writeFileSync } from "node:fs";

import { betterAuth, versions } from "./upstream.mjs";

const secret = "vector-secret-0123456789abcdefABCDEF-xyz";
const older = "older-vector-secret-0123456789abcdefABCDEF";
const profile = {
  b: [1, 2.5, 1e-7, 0.00001, -0.25],
  10: "ten",
  2: { text: "žluťoučký kůň 🐎 \u2028 \" \\ \n" },
  nothing: null,
};
const fields = {
  born: { type: "date", required: false },
  profile: { type: "json", required: false },
  tags: { type: "string[]", required: false },
  score: { type: "number", required: false },
  member: { type: "boolean", required: false },
  secretNote: { type: "string", required: false, returned: false },
};
const person = {
  name: "Ada 🐎",
  email: "ada@example.com",
  password: "correct horse",
  image: "/ada.png",
  born: "2001-02-03T04:05:06.789Z",
  profile,
  tags: ["a", "b"],
  score: 12,
  member: true,
  secretNote: "hidden",
};

const make = async ({ strategy, secrets, long, remember = true, version }) => {
  const auth = betterAuth({
    baseURL: "http://localhost:3000",
    ...(secrets ? { secrets } : { secret }),
    telemetry: { enabled: false },
    emailAndPassword: { enabled: true, password: { hash: async () => "x", verify: async () => true } },
    user: { additionalFields: fields },
    session: { cookieCache: { enabled: true, strategy, maxAge: 300, refreshCache: false, version } },
  });
  const body = { ...person, rememberMe: remember, tags: long ? ["long ".repeat(1500)] : person.tags };
  const response = await auth.handler(
    new Request("http://localhost:3000/api/auth/sign-up/email", {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "vectors" },
      body: JSON.stringify(body),
    }),
  );
  const cookies = response.headers.getSetCookie();
  const shown = await auth.handler(
    new Request("http://localhost:3000/api/auth/get-session", {
      headers: { cookie: cookies.map((text) => text.split(";")[0]).join("; ") },
    }),
  );
  return {
    strategy,
    rotating: Boolean(secrets),
    version: version ?? "1",
    made_at: Date.now(),
    cookies,
    session: await shown.json(),
  };
};

const rotated = [
  { version: 2, value: secret },
  { version: 1, value: older },
];
const cases = [];
for (const strategy of ["compact", "jwt", "jwe"]) {
  cases.push(await make({ strategy }));
  cases.push(await make({ strategy, long: true }));
  cases.push(await make({ strategy, remember: false, version: "seven" }));
  cases.push(await make({ strategy, secrets: rotated }));
  cases.push(await make({ strategy, secrets: [rotated[1]] }));
}

const target = new URL("cookie_caches.json", import.meta.url);
writeFileSync(target, `${JSON.stringify({ versions, secret, older, cases }, null, 1)}\n`);
