import { once } from "node:events";
import { expect, it } from "vitest";

it("listens until it is told to end", async () => {
  process.env.PORT = "0";
  const { server } = await import("../../src/main.js");
  if (!server.listening) {
    await once(server, "listening");
  }
  expect(server.address()).toMatchObject({ address: "127.0.0.1" });
  const closed = once(server, "close");
  process.emit("SIGTERM");
  await closed;
  expect(server.listening).toBe(false);
});
