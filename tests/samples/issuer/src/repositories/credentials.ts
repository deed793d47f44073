import type { Database } from "./database.js";

/** A credential that counts. */
export interface Credential {
  readonly id: string;
  readonly subject: string;
  readonly issuedAt: Date;
}

/** Keeps credentials. */
export interface CredentialRepository {
  /**
   * Keep a new credential.
   *
   * @param clientId - Whose it is.
   * @param credential - The credential.
   * @returns False where the subject has one that counts.
   */
  add(clientId: string, credential: Credential): Promise<boolean>;

  /**
   * List credentials that count, newest first.
   *
   * @param clientId - Whose they are.
   * @param limit - How many at most.
   * @returns The credentials.
   */
  list(clientId: string, limit: number): Promise<readonly Credential[]>;

  /**
   * Find a credential that counts.
   *
   * @param clientId - Whose it is.
   * @param id - Its identifier.
   * @returns The credential, or undefined.
   */
  find(clientId: string, id: string): Promise<Credential | undefined>;

  /**
   * Take a credential back.
   *
   * @param clientId - Whose it is.
   * @param id - Its identifier.
   * @returns False where there is none that counts.
   */
  revoke(clientId: string, id: string): Promise<boolean>;
}

const COLUMNS = "id, subject, issued_at";

/**
 * Read a row.
 *
 * @param row - A row with COLUMNS.
 * @returns The credential.
 */
function credential(row: Record<string, unknown>): Credential {
  return { id: String(row.id), subject: String(row.subject), issuedAt: new Date(row.issued_at as Date) };
}

/** Keeps credentials in a table. */
export class SqlCredentialRepository implements CredentialRepository {
  /**
   * Work on a database.
   *
   * @param database - Where the table is.
   */
  constructor(private readonly database: Database) {}

  /**
   * Keep a new credential.
   *
   * @param clientId - Whose it is.
   * @param added - The credential.
   * @returns False where the subject has one that counts.
   */
  async add(clientId: string, added: Credential): Promise<boolean> {
    const rows = await this.database.rows(
      `INSERT INTO credentials (id, client_id, subject, issued_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (client_id, subject) WHERE revoked_at IS NULL DO NOTHING RETURNING id`,
      [added.id, clientId, added.subject, added.issuedAt],
    );
    return rows.length > 0;
  }

  /**
   * List credentials that count, newest first.
   *
   * @param clientId - Whose they are.
   * @param limit - How many at most.
   * @returns The credentials.
   */
  async list(clientId: string, limit: number): Promise<readonly Credential[]> {
    const rows = await this.database.rows(
      `SELECT ${COLUMNS} FROM credentials WHERE client_id = $1 AND revoked_at IS NULL
       ORDER BY issued_at DESC, id LIMIT $2`,
      [clientId, limit],
    );
    return rows.map(credential);
  }

  /**
   * Find a credential that counts.
   *
   * @param clientId - Whose it is.
   * @param id - Its identifier.
   * @returns The credential, or undefined.
   */
  async find(clientId: string, id: string): Promise<Credential | undefined> {
    const [row] = await this.database.rows(
      `SELECT ${COLUMNS} FROM credentials WHERE client_id = $1 AND id = $2 AND revoked_at IS NULL`,
      [clientId, id],
    );
    return row && credential(row);
  }

  /**
   * Take a credential back.
   *
   * @param clientId - Whose it is.
   * @param id - Its identifier.
   * @returns False where there is none that counts.
   */
  async revoke(clientId: string, id: string): Promise<boolean> {
    const rows = await this.database.rows(
      "UPDATE credentials SET revoked_at = now() WHERE client_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING id",
      [clientId, id],
    );
    return rows.length > 0;
  }
}
