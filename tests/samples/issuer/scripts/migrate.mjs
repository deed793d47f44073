// Brings the database that DATABASE_URL names to the newest schema: each migration once, in the order of its number.
import { readdir, readFile } from "node:fs/promises";
import pg from "pg";

const folder = new URL("../migrations/", import.meta.url);
const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
try {
  await client.query("CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY)");
  const { rows } = await client.query("SELECT name FROM schema_migrations");
  const done = new Set(rows.map((row) => row.name));
  for (const name of (await readdir(folder)).filter((file) => file.endsWith(".sql")).sort()) {
    if (done.has(name)) continue;
    await client.query("BEGIN");
    try {
      await client.query(await readFile(new URL(name, folder), "utf8"));
      await client.query("INSERT INTO schema_migrations (name) VALUES ($1)", [name]);
      await client.query("COMMIT");
    } catch (error) {
      await client.query("ROLLBACK");
      process.stderr.write(`migrations/${name}: ${error.message}\n`);
      process.exitCode = 1;
      break;
    }
  }
} finally {
  await client.end();
}
