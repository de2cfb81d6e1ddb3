/**
 * The real upstream behind one small HTTP control server, for tests/parity.
 *
 * Every scenario makes an instance of its own (options, plugins, presets, a fresh in-memory
 * database) and plays its requests into it as data: method, URL, headers, body and the moment at
 * which they arrive. Answers come back as data too, so nothing that an HTTP stack would add or
 * repair stands between the library and the comparison. An instance may also be given the address
 * of a database that others use (databases.mjs); its rows are then read there, not here.
 *
 *   POST   /instances                {options, plugins, presets, url, now, database?}  -> {id}
 *   POST   /instances/ID/request     {method, url, headers, body, now}      -> {status, headers, body}
 *   POST   /instances/ID/api         {name, input, now}                     -> {result} | {error}
 *   GET    /instances/ID/rows        every row of every table, under logical names
 *   POST   /instances/ID/rows        {action, model, where, values}         -> {changed}
 *   POST   /instances/ID/create      {model, data, now}    its own adapter makes a row -> {}
 *   POST   /instances/ID/storage     {now}          -> every entry of the secondary storage
 *   GET    /instances/ID/outbox      what the senders were given
 *   GET    /instances/ID/log         what the library logged
 *   DELETE /instances/ID
 *   POST   /open                     {token, secret, salt}                  -> {payload}
 *
 * The first line on standard output is {"port": N}; the process ends when its input closes.
 */
import { at } from "./clock.mjs";
import { AsyncLocalStorage } from "node:async_hooks";
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { symmetricDecodeJWT } from "better-auth/crypto";
import { getMigrations } from "better-auth/db/migration";
import * as bundledPlugins from "better-auth/plugins";
import { apiKey } from "@better-auth/api-key";
import { openDatabase } from "./databases.mjs";
import { presets } from "./presets.mjs";

const plugins = { ...bundledPlugins, apiKey };
const instances = new Map();
let lastId = 0;

// The router prints unexpected errors itself; keep them with the instance that they belong to.
const served = new AsyncLocalStorage();
console.error = (...words) => {
  const message = words.map((word) => word?.stack ?? String(word)).join(" ");
  const instance = served.getStore();
  if (instance) instance.log.push({ level: "console", message });
  else process.stderr.write(`${message}\n`);
};

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function createInstance(asked) {
  const { options, plugins: wanted = [], presets: names = [], url, now, database = null } = asked;
  const id = String(++lastId);
  const { handle, close } = openDatabase(database);
  const instance = { id, url, db: handle, close, outbox: [], log: [] };
  const full = {
    baseURL: url,
    ...options,
    database: options.database === null ? undefined : instance.db,
    telemetry: { enabled: false },
    logger: { log: (level, message) => instance.log.push({ level, message: String(message) }) },
  };
  for (const [name, argument] of names) {
    if (!presets[name]) throw new Refusal(400, `no preset "${name}"`);
    presets[name](full, instance, argument);
  }
  const built = wanted.map(([name, config]) => {
    if (!plugins[name]) throw new Refusal(400, `no plugin "${name}"`);
    return plugins[name](config);
  });
  full.plugins = [...(full.plugins ?? []), ...built];
  await at(now, async () => {
    if (full.database) await (await getMigrations(full)).runMigrations();
    instance.auth = betterAuth(full);
    instance.context = await instance.auth.$context;
  });
  instances.set(id, instance);
  return { id };
}

function getInstance(id) {
  const instance = instances.get(id);
  if (!instance) throw new Refusal(404, `no instance "${id}"`);
  return instance;
}

async function playRequest(instance, { method, url, headers, body, now }) {
  const request = new Request(new URL(instance.url).origin + url, {
    method,
    headers,
    body: body === null ? undefined : Buffer.from(body, "base64"),
  });
  let response;
  try {
    response = await at(now, () => served.run(instance, () => instance.auth.handler(request)));
  } catch (error) {
    // What leaves the handler is the host's to answer; 599 says so, as on the other side.
    const text = `${error?.name}: ${error?.message}`;
    return { status: 599, headers: [], body: Buffer.from(text).toString("base64") };
  }
  return {
    status: response.status,
    headers: [...response.headers],
    body: Buffer.from(await response.arrayBuffer()).toString("base64"),
  };
}

async function callApi(instance, { name, input, now }) {
  if (!instance.auth.api[name]) throw new Refusal(404, `no function "${name}"`);
  const argument = { ...input };
  if (argument.headers) argument.headers = new Headers(argument.headers);
  try {
    const result = await at(now, () => instance.auth.api[name](argument));
    return { result: result ?? null };
  } catch (error) {
    if (error?.name !== "APIError") throw error;
    return { error: { status: error.statusCode, body: error.body ?? null } };
  }
}

const quote = (name) => `"${name.replaceAll('"', '""')}"`;

/** A table by its logical name: physical name, and per logical field its column and type. */
function describeTable(instance, model) {
  const table = instance.context.tables[model];
  if (!table) throw new Refusal(400, `no model "${model}"`);
  const fields = { id: { column: "id", type: "string" } };
  for (const [key, field] of Object.entries(table.fields)) {
    fields[key] = { column: field.fieldName ?? key, type: field.type };
  }
  return { name: table.modelName, fields };
}

function fromColumn(type, value) {
  if (value === null) return null;
  if (type === "boolean") return Boolean(value);
  if (type === "date") return new Date(value).toISOString();
  if (type === "json" || type === "string[]" || type === "number[]") return JSON.parse(value);
  return value;
}

function toColumn(type, value) {
  if (value === null) return null;
  if (type === "boolean") return value ? 1 : 0;
  if (type === "json" || type === "string[]" || type === "number[]") return JSON.stringify(value);
  return value;
}

function readRows(instance) {
  const rows = {};
  for (const model of Object.keys(instance.context.tables)) {
    const { name, fields } = describeTable(instance, model);
    const stored = instance.db.prepare(`select * from ${quote(name)} order by rowid`).all();
    rows[model] = stored.map((row) =>
      Object.fromEntries(
        Object.entries(fields).map(([key, { column, type }]) => [key, fromColumn(type, row[column])]),
      ),
    );
  }
  return rows;
}

function changeRows(instance, { action, model, where = {}, values = {} }) {
  const { name, fields } = describeTable(instance, model);
  const parameters = [];
  const bind = (record) =>
    Object.entries(record).map(([key, value]) => {
      if (!fields[key]) throw new Refusal(400, `no field "${model}.${key}"`);
      parameters.push(toColumn(fields[key].type, value));
      return quote(fields[key].column);
    });
  const condition = () => {
    const columns = bind(where);
    return columns.length ? ` where ${columns.map((c) => `${c} is ?`).join(" and ")}` : "";
  };
  let statement;
  if (action === "insert") {
    const columns = bind(values);
    statement = `insert into ${quote(name)} (${columns}) values (${columns.map(() => "?")})`;
  } else if (action === "update") {
    const assignments = bind(values).map((column) => `${column} = ?`);
    statement = `update ${quote(name)} set ${assignments}${condition()}`;
  } else if (action === "delete") {
    statement = `delete from ${quote(name)}${condition()}`;
  } else {
    throw new Refusal(400, `no action "${action}"`);
  }
  return { changed: instance.db.prepare(statement).run(parameters).changes };
}

/** Make a row as the library itself would; moments come as texts. */
async function createRow(instance, { model, data, now }) {
  const { fields } = describeTable(instance, model);
  const named = Object.entries(data).map(([key, value]) => [
    key,
    fields[key]?.type === "date" && value !== null ? new Date(value) : value,
  ]);
  const { adapter } = instance.context;
  await at(now, () => adapter.create({ model, data: Object.fromEntries(named) }));
  return {};
}

function readStorage(instance, { now }) {
  if (!instance.storage?.look) throw new Refusal(400, "no preset has made a storage to look into");
  return at(now, () => instance.storage.look());
}

async function deleteInstance(instance) {
  instance.storage?.close?.();
  await instance.close();
  instances.delete(instance.id);
  return {};
}

const routes = {
  "POST /instances": (body) => createInstance(body),
  "POST /open": async ({ token, secret, salt, now }) => ({
    payload: await at(now, () => symmetricDecodeJWT(token, secret, salt)),
  }),
  "POST /instances/ID/request": (body, instance) => playRequest(instance, body),
  "POST /instances/ID/api": (body, instance) => callApi(instance, body),
  "GET /instances/ID/rows": (_, instance) => readRows(instance),
  "POST /instances/ID/rows": (body, instance) => changeRows(instance, body),
  "POST /instances/ID/create": (body, instance) => createRow(instance, body),
  "POST /instances/ID/storage": (body, instance) => readStorage(instance, body),
  "GET /instances/ID/outbox": (_, instance) => instance.outbox,
  "GET /instances/ID/log": (_, instance) => instance.log,
  "DELETE /instances/ID": (_, instance) => deleteInstance(instance),
};

async function readJson(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : {};
}

async function answer(request) {
  const [, first, id, ...rest] = request.url.split("/");
  const pattern = ["", first, ...(id ? ["ID"] : []), ...rest].join("/");
  const route = routes[`${request.method} ${pattern}`];
  if (!route) throw new Refusal(404, `no control route ${request.method} ${request.url}`);
  return route(await readJson(request), id ? getInstance(id) : null);
}

const server = createServer(async (request, response) => {
  let status = 200;
  let body;
  try {
    body = await answer(request);
  } catch (error) {
    status = error instanceof Refusal ? error.status : 500;
    body = { problem: String(error?.stack ?? error) };
  }
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
});

server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
