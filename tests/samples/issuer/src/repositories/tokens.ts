import type { Database } from "./database.js";

/** Keeps tokens, by their hash alone. */
export interface TokenRepository {
  /**
   * Keep a new token.
   *
   * @param hash - Its hash.
   * @param clientId - Whose it is.
   * @param expiresAt - Until when it counts.
   */
  add(hash: string, clientId: string, expiresAt: Date): Promise<void>;

  /**
   * Find out whose token it is.
   *
   * @param hash - Its hash.
   * @param now - The time.
   * @returns The client's identifier, or undefined where it does not count.
   */
  owner(hash: string, now: Date): Promise<string | undefined>;
}

/** Keeps tokens in a table. */
export class SqlTokenRepository implements TokenRepository {
  /**
   * Work on a database.
   *
   * @param database - Where the table is.
   */
  constructor(private readonly database: Database) {}

  /**
   * Keep a new token.
   *
   * @param hash - Its hash.
   * @param clientId - Whose it is.
   * @param expiresAt - Until when it counts.
   */
  async add(hash: string, clientId: string, expiresAt: Date): Promise<void> {
    await this.database.rows("INSERT INTO tokens (hash, client_id, expires_at) VALUES ($1, $2, $3)", [
      hash,
      clientId,
      expiresAt,
    ]);
  }

  /**
   * Find out whose token it is.
   *
   * @param hash - Its hash.
   * @param now - The time.
   * @returns The client's identifier, or undefined where it does not count.
   */
  async owner(hash: string, now: Date): Promise<string | undefined> {
    const [row] = await this.database.rows("SELECT client_id FROM tokens WHERE hash = $1 AND expires_at > $2", [
      hash,
      now,
    ]);
    return row && String(row.client_id);
  }
}
