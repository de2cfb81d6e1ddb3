/**
 * Databases for upstream: one in memory that it has for itself, a file, or one that a server keeps
 * and both sides use.
 */
import Database from "better-sqlite3";
import { createPool } from "mysql2/promise";
import pg from "pg";

/** Open what an address names: `null` for memory, `sqlite:`, `postgresql:` or `mysql:`. */
export function openDatabase(address) {
  if (address === null) return embedded(new Database(":memory:"));
  const url = new URL(address);
  if (url.protocol === "sqlite:") return embedded(new Database(url.pathname));
  if (url.protocol === "postgresql:") {
    const pool = new pg.Pool({ connectionString: address, max: 4 });
    pool.on("error", () => {}); // an idle connection that the server ended
    return { handle: pool, close: () => pool.end() };
  }
  // Dates travel in UTC, as the manual of upstream advises.
  const pool = createPool({ uri: address, timezone: "Z", connectionLimit: 4 });
  return { handle: pool, close: () => pool.end() };
}

function embedded(handle) {
  return { handle, close: () => handle.close() };
}
