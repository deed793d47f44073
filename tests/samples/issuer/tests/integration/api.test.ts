import { beforeAll, describe, expect, it } from "vitest";

const base = process.env.SERVICE_URL ?? "";
const UUID = "3f0a4d0e-6a6e-4c55-9a53-0d9f2f4b8c11";
const SECRET = "0".repeat(64);
let token = "";
let other = "";

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function call(method: string, path: string, body?: unknown, bearer?: string): Promise<Answer> {
  const headers = { "Content-Type": "application/json", ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}) };
  const sent = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
  const answer = await fetch(base + path, { method, headers, ...sent });
  const text = await answer.text();
  return { status: answer.status, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} };
}

async function login(name: string): Promise<string> {
  const client = await call("POST", "/clients", { name });
  expect(client.status).toBe(201);
  const answer = await call("POST", "/tokens", { client_id: client.body.id, client_secret: client.body.secret });
  expect(answer.status).toBe(200);
  return String(answer.body.access_token);
}

beforeAll(async () => {
  token = await login("pump-works");
  other = await login("valve-works");
});

describe("health", () => {
  it("is well", async () => {
    expect(await call("GET", "/health")).toEqual({ status: 200, body: { status: "ok" } });
  });
});

describe("clients", () => {
  it("gives a name once", async () => {
    expect((await call("POST", "/clients", { name: "pump-works" })).status).toBe(409);
  });

  it.each([
    ["no body", ""], ["null", null], ["an empty object", {}], ["no JSON", "{"], ["a list", []],
    ["a null name", { name: null }], ["an empty name", { name: "" }], ["a number", { name: 7 }],
    ["a name that is too long", { name: "a".repeat(65) }], ["one field too many", { name: "a", other: 1 }],
  ])("refuses %s", async (_what, body) => {
    expect((await call("POST", "/clients", body ?? "null")).status).toBe(400);
  });
});

describe("tokens", () => {
  it("refuses who is not known", async () => {
    expect((await call("POST", "/tokens", { client_id: UUID, client_secret: SECRET })).status).toBe(401);
  });

  it.each([
    ["no body", ""], ["null", "null"], ["an empty object", {}], ["no JSON", "]"],
    ["a null client", { client_id: null, client_secret: SECRET }],
    ["an empty client", { client_id: "", client_secret: SECRET }],
    ["a client that is none", { client_id: "me", client_secret: SECRET }],
    ["a null secret", { client_id: UUID, client_secret: null }],
    ["an empty secret", { client_id: UUID, client_secret: "" }],
    ["a secret that is none", { client_id: UUID, client_secret: 1 }],
    ["no secret", { client_id: UUID }], ["no client", { client_secret: SECRET }],
  ])("refuses %s", async (_what, body) => {
    expect((await call("POST", "/tokens", body)).status).toBe(400);
  });
});

describe("credentials", () => {
  it("are issued, read, listed and revoked", async () => {
    const issued = await call("POST", "/credentials", { subject: "device:1" }, token);
    expect(issued.status).toBe(201);
    const path = `/credentials/${String(issued.body.id)}`;
    expect(await call("GET", path, undefined, token)).toEqual({ status: 200, body: issued.body });
    expect((await call("GET", path, undefined, other)).status).toBe(404);
    expect((await call("POST", "/credentials", { subject: "device:1" }, token)).status).toBe(409);
    const listed = await call("GET", "/credentials?limit=10", undefined, token);
    expect(listed).toEqual({ status: 200, body: { credentials: [issued.body] } });
    expect((await call("DELETE", path, undefined, other)).status).toBe(404);
    expect((await call("DELETE", path, undefined, token)).status).toBe(204);
    expect((await call("GET", path, undefined, token)).status).toBe(404);
  });

  it.each([
    ["no body", ""], ["null", "null"], ["an empty object", {}], ["no JSON", "nope"],
    ["a null subject", { subject: null }], ["an empty subject", { subject: "" }], ["a number", { subject: 1 }],
    ["a subject that is too long", { subject: "a".repeat(101) }], ["capitals", { subject: "DEVICE" }],
  ])("refuses %s", async (_what, body) => {
    expect((await call("POST", "/credentials", body, token)).status).toBe(400);
  });

  it.each(["0", "101", "many", ""])("refuses the limit %j", async (limit) => {
    expect((await call("GET", `/credentials?limit=${limit}`, undefined, token)).status).toBe(400);
  });

  it("are closed to who has no token", async () => {
    expect((await call("POST", "/credentials", { subject: "device:2" })).status).toBe(401);
    expect((await call("GET", "/credentials")).status).toBe(401);
    expect((await call("GET", `/credentials/${UUID}`, undefined, SECRET)).status).toBe(401);
    expect((await call("DELETE", `/credentials/${UUID}`)).status).toBe(401);
  });
});
