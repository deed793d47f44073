import { beforeEach, describe, expect, it } from "vitest";
import { ConflictError, NotFoundError, UnauthorizedError, UnavailableError } from "../../src/errors.js";
import { ClientService } from "../../src/services/clients.js";
import { CredentialService } from "../../src/services/credentials.js";
import { hash } from "../../src/services/secrets.js";
import { TokenService } from "../../src/services/tokens.js";
import { MemoryClients, MemoryCredentials, MemoryTokens } from "./memory.js";

let clients: MemoryClients;
let tokens: MemoryTokens;

beforeEach(() => {
  clients = new MemoryClients();
  tokens = new MemoryTokens();
});

describe("ClientService", () => {
  it("keeps the hash of a secret alone", async () => {
    const { id, secret } = await new ClientService(clients).register("pump");
    expect(clients.all.get(id)?.secretHash).toBe(hash(secret));
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
  });

  it("gives a name once", async () => {
    const service = new ClientService(clients);
    await service.register("pump");
    await expect(service.register("pump")).rejects.toThrow(ConflictError);
  });

  it("says when the database does not answer", async () => {
    const service = new ClientService(clients);
    await expect(service.check()).resolves.toBeUndefined();
    clients.broken = true;
    await expect(service.check()).rejects.toThrow(UnavailableError);
  });
});

describe("TokenService", () => {
  it("knows whose a token is", async () => {
    const { id, secret } = await new ClientService(clients).register("pump");
    const service = new TokenService(clients, tokens);
    const token = await service.issue(id, secret);
    expect(await service.authenticate(`Bearer ${token}`)).toBe(id);
  });

  it("refuses a wrong secret and an unknown client", async () => {
    const { id, secret } = await new ClientService(clients).register("pump");
    const service = new TokenService(clients, tokens);
    await expect(service.issue(id, secret.split("").reverse().join("x"))).rejects.toThrow(UnauthorizedError);
    await expect(service.issue("nobody", secret)).rejects.toThrow(UnauthorizedError);
  });

  it.each([undefined, "", "Bearer", "Basic abc", `Bearer ${"0".repeat(64)}`])("refuses the header %s", async (header) => {
    await expect(new TokenService(clients, tokens).authenticate(header)).rejects.toThrow(UnauthorizedError);
  });

  it("refuses a token that has expired", async () => {
    await tokens.add(hash("a".repeat(64)), "someone", new Date(0));
    const service = new TokenService(clients, tokens);
    await expect(service.authenticate(`Bearer ${"a".repeat(64)}`)).rejects.toThrow(UnauthorizedError);
  });
});

describe("CredentialService", () => {
  it("gives a subject one credential at a time", async () => {
    const service = new CredentialService(new MemoryCredentials());
    const first = await service.issue("a", "device:1");
    await expect(service.issue("a", "device:1")).rejects.toThrow(ConflictError);
    await service.revoke("a", first.id);
    expect((await service.issue("a", "device:1")).id).not.toBe(first.id);
  });

  it("shows a client its own alone", async () => {
    const service = new CredentialService(new MemoryCredentials());
    const own = await service.issue("a", "device:1");
    expect(await service.find("a", own.id)).toEqual(own);
    expect(await service.list("a", 10)).toEqual([own]);
    expect(await service.list("b", 10)).toEqual([]);
    await expect(service.find("b", own.id)).rejects.toThrow(NotFoundError);
    await expect(service.revoke("b", own.id)).rejects.toThrow(NotFoundError);
  });
});
