// Has upstream read sessions in cookies that pyauth made. Its own store is empty, so an answer can
// only come from the cookies. Reads a JSON list of {strategy, secret | secrets, version, fields,
// cookie} from standard input and prints the list of get-session's bodies.
//
//   node tests/vectors/read_caches.mjs [folder with node_modules] < made-by-pyauth.json
import { readFileSync } from "node:fs";

import { betterAuth } from "./upstream.mjs";

const read = async ({ strategy, secret, secrets, version, fields, cookie }) => {
  const auth = betterAuth({
    baseURL: "http://localhost:3000",
    ...(secrets ? { secrets } : { secret }),
    telemetry: { enabled: false },
    user: { additionalFields: fields },
    session: { cookieCache: { enabled: true, strategy, maxAge: 300, refreshCache: false, version } },
  });
  const response = await auth.handler(
    new Request("http://localhost:3000/api/auth/get-session", { headers: { cookie } }),
  );
  return response.json();
};

const cases = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(await Promise.all(cases.map(read))));
