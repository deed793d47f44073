import type { Database } from "./database.js";

/** A registered client. */
export interface Client {
  readonly id: string;
  readonly name: string;
  readonly secretHash: string;
}

/** Keeps clients. */
export interface ClientRepository {
  /**
   * Keep a new client.
   *
   * @param client - The client.
   * @returns False where its name is taken.
   */
  add(client: Client): Promise<boolean>;

  /**
   * Find a client.
   *
   * @param id - Its identifier.
   * @returns The client, or undefined.
   */
  find(id: string): Promise<Client | undefined>;

  /**
   * Ask whether clients can be read at all.
   *
   * @returns Once they can.
   */
  check(): Promise<void>;
}

/** Keeps clients in a table. */
export class SqlClientRepository implements ClientRepository {
  /**
   * Work on a database.
   *
   * @param database - Where the table is.
   */
  constructor(private readonly database: Database) {}

  /**
   * Keep a new client.
   *
   * @param client - The client.
   * @returns False where its name is taken.
   */
  async add(client: Client): Promise<boolean> {
    const rows = await this.database.rows(
      "INSERT INTO clients (id, name, secret_hash) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING RETURNING id",
      [client.id, client.name, client.secretHash],
    );
    return rows.length > 0;
  }

  /**
   * Find a client.
   *
   * @param id - Its identifier.
   * @returns The client, or undefined.
   */
  async find(id: string): Promise<Client | undefined> {
    const [row] = await this.database.rows("SELECT id, name, secret_hash FROM clients WHERE id = $1", [id]);
    return row && { id: String(row.id), name: String(row.name), secretHash: String(row.secret_hash) };
  }

  /**
   * Ask whether clients can be read at all.
   *
   * @returns Once they can.
   */
  async check(): Promise<void> {
    await this.database.rows("SELECT id FROM clients LIMIT 1", []);
  }
}
