import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.js";
import { MemoryClients, MemoryCredentials, MemoryTokens } from "./memory.js";

let clients: MemoryClients;
let server: Server;
let base: string;

beforeEach(async () => {
  clients = new MemoryClients();
  const app = createApp({ clients, tokens: new MemoryTokens(), credentials: new MemoryCredentials() });
  await new Promise<void>((resolve) => {
    server = app.listen(0, "127.0.0.1", () => {
      resolve();
    });
  });
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function call(method: string, path: string, body?: string, token?: string): Promise<Response> {
  const headers = { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  return fetch(base + path, { method, headers, ...(body === undefined ? {} : { body }) });
}

async function value(answer: Response, key: string): Promise<string> {
  const body = (await answer.json()) as Record<string, unknown>;
  return String(body[key]);
}

describe("the application", () => {
  it("takes a credential from its issue to its end", async () => {
    const client = (await (await call("POST", "/clients", '{"name": "pump"}')).json()) as Record<string, string>;
    const secret = JSON.stringify({ client_id: client.id, client_secret: client.secret });
    const token = await value(await call("POST", "/tokens", secret), "access_token");
    const issued = await call("POST", "/credentials", '{"subject": "device:1"}', token);
    expect(issued.status).toBe(201);
    const path = `/credentials/${await value(issued, "id")}`;
    expect(await value(await call("GET", path, undefined, token), "subject")).toBe("device:1");
    expect((await call("GET", "/credentials?limit=5", undefined, token)).status).toBe(200);
    expect((await call("DELETE", path, undefined, token)).status).toBe(204);
    expect((await call("GET", path, undefined, token)).status).toBe(404);
    expect((await call("GET", "/credentials/odd", undefined, token)).status).toBe(404);
  });

  it("says whether it works", async () => {
    expect(await value(await call("GET", "/health"), "status")).toBe("ok");
    clients.broken = true;
    expect((await call("GET", "/health")).status).toBe(503);
  });

  it.each(["{", "", "null"])("answers the body %j with 400", async (body) => {
    expect((await call("POST", "/clients", body)).status).toBe(400);
  });

  it("names the methods of a path, and knows no other path", async () => {
    const answer = await call("PUT", "/clients", "{}");
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
    expect((await call("GET", "/elsewhere")).status).toBe(404);
  });

  it("asks who is there", async () => {
    const answer = await call("GET", "/credentials");
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
  });

  it("does not tell what broke in it", async () => {
    clients.add = () => Promise.reject(new RangeError("the password is 1234"));
    const answer = await call("POST", "/clients", '{"name": "pump"}');
    expect(answer.status).toBe(500);
    expect(await value(answer, "message")).toBe("something went wrong here");
  });
});
