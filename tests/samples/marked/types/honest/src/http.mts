import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
type Row = { readonly [key: string]: string | number };
async function body(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString("utf8")) as unknown;
}
export const server = createServer((request: IncomingMessage, response: ServerResponse): void => {
  void body(request).then((value) => {
    const row = value as Row;
    response.end(JSON.stringify(row));
  });
});
