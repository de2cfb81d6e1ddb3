// Loads upstream's own functions from the folder that holds the pinned npm packages.
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const packages = path.resolve(process.argv[2] ?? path.join(here, "..", "node"));
const inPackages = createRequire(path.join(packages, "package.json"));
const inBetterAuth = createRequire(inPackages.resolve("better-auth"));
const load = (require, name) => import(pathToFileURL(require.resolve(name)).href);

const versionOf = async (require, name) => {
  const entry = require.resolve(name);
  const root = entry.slice(0, entry.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}/`.length);
  const manifest = await import(pathToFileURL(path.join(root, "package.json")).href, {
    with: { type: "json" },
  });
  return manifest.default.version;
};

export const crypto = await load(inPackages, "better-auth/crypto");
export const db = await load(inPackages, "better-auth/db");
export const betterCall = await load(inBetterAuth, "better-call");
export const { betterAuth } = await load(inPackages, "better-auth");
export const versions = {
  "better-auth": await versionOf(inPackages, "better-auth"),
  "better-call": await versionOf(inBetterAuth, "better-call"),
};
