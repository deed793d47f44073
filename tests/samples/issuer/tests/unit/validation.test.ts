import { describe, expect, it } from "vitest";
import { ConfigurationError, InvalidRequestError } from "../../src/errors.js";
import { settings } from "../../src/settings.js";
import { clientName, fields, identifier, limit, secret, subject } from "../../src/validation.js";

const UUID = "3f0a4d0e-6a6e-4c55-9a53-0d9f2f4b8c11";

describe("validation", () => {
  it.each([null, undefined, "text", 1, [], { other: 1 }])("takes no body like %j", (body) => {
    expect(() => fields(body, ["name"])).toThrow(InvalidRequestError);
  });

  it("gives the fields of a body", () => {
    expect(fields({ name: "a" }, ["name"])).toEqual({ name: "a" });
  });

  it("takes what has the right form", () => {
    expect(clientName("pump-works")).toBe("pump-works");
    expect(subject("device:1")).toBe("device:1");
    expect(secret("0".repeat(64))).toBe("0".repeat(64));
    expect(identifier(UUID, "id")).toBe(UUID);
  });

  it.each([null, undefined, "", 1, "-", "a".repeat(65), "a b"])("takes no name like %j", (value) => {
    expect(() => clientName(value)).toThrow(InvalidRequestError);
  });

  it.each([
    [undefined, 20],
    ["1", 1],
    ["100", 100],
  ])("reads the limit %s as %i", (value, rows) => {
    expect(limit(value)).toBe(rows);
  });

  it.each(["0", "101", "999", "1.5", "", ["1", "2"]])("takes no limit like %j", (value) => {
    expect(() => limit(value)).toThrow(InvalidRequestError);
  });
});

describe("settings", () => {
  it("fills in the port", () => {
    expect(settings({ DATABASE_URL: "postgresql://x" })).toEqual({ databaseUrl: "postgresql://x", port: 8080 });
    expect(settings({ DATABASE_URL: "x", PORT: "1" }).port).toBe(1);
  });

  it.each([{}, { DATABASE_URL: "x", PORT: "no" }, { DATABASE_URL: "x", PORT: "-1" }, { DATABASE_URL: "x", PORT: "70000" }])(
    "refuses %j",
    (env) => {
      expect(() => settings(env)).toThrow(ConfigurationError);
    },
  );
});
