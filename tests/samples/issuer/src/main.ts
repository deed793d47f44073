import { createApp } from "./app.js";
import { SqlClientRepository } from "./repositories/clients.js";
import { SqlCredentialRepository } from "./repositories/credentials.js";
import { PostgresDatabase } from "./repositories/database.js";
import { SqlTokenRepository } from "./repositories/tokens.js";
import { settings } from "./settings.js";

const { databaseUrl, port } = settings(process.env);
const database = new PostgresDatabase(databaseUrl);
const app = createApp({
  clients: new SqlClientRepository(database),
  tokens: new SqlTokenRepository(database),
  credentials: new SqlCredentialRepository(database),
});
/** Listens until the process is told to end. */
export const server = app.listen(port, "127.0.0.1");
process.once("SIGTERM", () => {
  server.close(() => void database.close());
});
