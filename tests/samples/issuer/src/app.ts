import express, { type Express } from "express";
import { ClientController } from "./controllers/clients.js";
import { CredentialController } from "./controllers/credentials.js";
import { TokenController } from "./controllers/tokens.js";
import { failed, nowhere } from "./http/failures.js";
import type { ClientRepository } from "./repositories/clients.js";
import type { CredentialRepository } from "./repositories/credentials.js";
import type { TokenRepository } from "./repositories/tokens.js";
import { ClientService } from "./services/clients.js";
import { CredentialService } from "./services/credentials.js";
import { TokenService } from "./services/tokens.js";

/** Where everything is kept. */
export interface Repositories {
  readonly clients: ClientRepository;
  readonly tokens: TokenRepository;
  readonly credentials: CredentialRepository;
}

/**
 * Put the layers together.
 *
 * @param repositories - Where everything is kept.
 * @returns The application, which listens nowhere yet.
 */
export function createApp(repositories: Repositories): Express {
  const tokenService = new TokenService(repositories.clients, repositories.tokens);
  const clients = new ClientController(new ClientService(repositories.clients));
  const tokens = new TokenController(tokenService);
  const credentials = new CredentialController(new CredentialService(repositories.credentials), tokenService);
  const app = express();
  app.disable("x-powered-by");
  app.set("query parser", "simple");
  app.use(express.json({ limit: "64kb", strict: false, type: () => true }));
  app.get("/health", (request, response) => clients.health(request, response));
  app.post("/clients", (request, response) => clients.register(request, response));
  app.post("/tokens", (request, response) => tokens.issue(request, response));
  app.post("/credentials", (request, response) => credentials.issue(request, response));
  app.get("/credentials", (request, response) => credentials.list(request, response));
  app.get("/credentials/:id", (request, response) => credentials.find(request, response));
  app.delete("/credentials/:id", (request, response) => credentials.revoke(request, response));
  app.use(nowhere);
  app.use(failed);
  return app;
}
