import { timingSafeEqual } from "node:crypto";
import { UnauthorizedError } from "../errors.js";
import type { ClientRepository } from "../repositories/clients.js";
import type { TokenRepository } from "../repositories/tokens.js";
import { fresh, hash } from "./secrets.js";

/** Seconds for which a token counts. */
export const LIFETIME = 3600;
const MILLISECONDS = 1000;
const BEARER = /^Bearer ([0-9a-f]{64})$/;

/** Gives out tokens, and finds out whose they are. */
export class TokenService {
  /**
   * Work with tokens.
   *
   * @param clients - Where clients are kept.
   * @param tokens - Where tokens are kept.
   */
  constructor(
    private readonly clients: ClientRepository,
    private readonly tokens: TokenRepository,
  ) {}

  /**
   * Give a client a token.
   *
   * @param clientId - Who it says it is.
   * @param secret - How it shows that.
   * @returns The token.
   * @throws {UnauthorizedError} Where there is no such client, or the secret is another one.
   */
  async issue(clientId: string, secret: string): Promise<string> {
    const client = await this.clients.find(clientId);
    if (!client || !timingSafeEqual(Buffer.from(client.secretHash), Buffer.from(hash(secret)))) {
      throw new UnauthorizedError("the client or its secret is not known");
    }
    const token = fresh();
    await this.tokens.add(hash(token), clientId, new Date(Date.now() + LIFETIME * MILLISECONDS));
    return token;
  }

  /**
   * Find out who sends a request.
   *
   * @param header - The `Authorization` header.
   * @returns The client's identifier.
   * @throws {UnauthorizedError} Where it holds no token that counts.
   */
  async authenticate(header: string | undefined): Promise<string> {
    const token = BEARER.exec(header ?? "")?.[1];
    const owner = token && (await this.tokens.owner(hash(token), new Date()));
    if (!owner) {
      throw new UnauthorizedError("a valid bearer token is needed");
    }
    return owner;
  }
}
