// Writes parse_input.json: what upstream makes of one field for every way to describe and send it.
//
//   (cd tests/node && npm ci) && node tests/vectors/parse_input.mjs [folder with node_modules]
import { writeFileSync } from "node:fs";

import { db, versions } from "./upstream.mjs";

const NONE = "(none)";
const vectors = [];

function parse(field, data, action) {
  try {
    return { parsed: { ...db.parseInputData(data, { fields: { plan: field }, action }) } };
  } catch (error) {
    return { refusal: [error.statusCode, error.body.code, error.body.message] };
  }
}

for (const action of ["create", "update"])
  for (const input of [true, false])
    for (const required of [true, false])
      for (const preset of [NONE, "free", ""])
        for (const value of [NONE, "x", "", null, ...(input ? [] : [0, false, [], {}])]) {
          const field = { type: "string", required, input };
          if (preset !== NONE) field.defaultValue = preset;
          const data = value === NONE ? {} : { plan: value };
          vectors.push({ action, input, required, default: preset, value, ...parse(field, data, action) });
        }

const lines = vectors.map((vector) => `    ${JSON.stringify(vector)}`).join(",\n");
const head = `  "versions": ${JSON.stringify(versions)}`;
writeFileSync(
  new URL("parse_input.json", import.meta.url),
  `{\n${head},\n  "vectors": [\n${lines}\n  ]\n}\n`,
);
