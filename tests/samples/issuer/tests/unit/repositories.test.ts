import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SqlClientRepository } from "../../src/repositories/clients.js";
import { SqlCredentialRepository } from "../../src/repositories/credentials.js";
import { PostgresDatabase } from "../../src/repositories/database.js";
import { SqlTokenRepository } from "../../src/repositories/tokens.js";

const database = new PostgresDatabase(process.env.DATABASE_URL ?? "");
const clients = new SqlClientRepository(database);
const client = { id: randomUUID(), name: `client-${randomUUID()}`, secretHash: "hash" };

beforeAll(async () => {
  expect(await clients.add(client)).toBe(true);
});

afterAll(async () => {
  await database.close();
});

describe("SqlClientRepository", () => {
  it("finds what it keeps", async () => {
    expect(await clients.find(client.id)).toEqual(client);
    expect(await clients.find(randomUUID())).toBeUndefined();
    await expect(clients.check()).resolves.toBeUndefined();
  });

  it("keeps a name once", async () => {
    expect(await clients.add({ ...client, id: randomUUID() })).toBe(false);
  });
});

describe("SqlTokenRepository", () => {
  it("forgets a token in time", async () => {
    const tokens = new SqlTokenRepository(database);
    const hash = randomUUID();
    await tokens.add(hash, client.id, new Date(2000));
    expect(await tokens.owner(hash, new Date(1000))).toBe(client.id);
    expect(await tokens.owner(hash, new Date(2000))).toBeUndefined();
  });
});

describe("SqlCredentialRepository", () => {
  it("keeps one credential of a subject that counts", async () => {
    const credentials = new SqlCredentialRepository(database);
    const first = { id: randomUUID(), subject: "device:1", issuedAt: new Date(1000) };
    const second = { id: randomUUID(), subject: "device:2", issuedAt: new Date(2000) };
    expect(await credentials.add(client.id, first)).toBe(true);
    expect(await credentials.add(client.id, { ...first, id: randomUUID() })).toBe(false);
    expect(await credentials.add(client.id, second)).toBe(true);
    expect(await credentials.list(client.id, 10)).toEqual([second, first]);
    expect(await credentials.list(client.id, 1)).toEqual([second]);
    expect(await credentials.find(client.id, first.id)).toEqual(first);
    expect(await credentials.revoke(client.id, first.id)).toBe(true);
    expect(await credentials.revoke(client.id, first.id)).toBe(false);
    expect(await credentials.find(client.id, first.id)).toBeUndefined();
  });
});
