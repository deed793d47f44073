import pg from "pg";

/** What repositories need of a database. */
export interface Database {
  /**
   * Run one statement.
   *
   * @param text - SQL with `$1` and so on.
   * @param values - What these stand for.
   * @returns The rows.
   */
  rows(text: string, values: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
}

/** A PostgreSQL database, through a pool of connections. */
export class PostgresDatabase implements Database {
  private readonly pool: pg.Pool;

  /**
   * Connect when first needed.
   *
   * @param url - Where it is.
   */
  constructor(url: string) {
    this.pool = new pg.Pool({ connectionString: url, max: 10 });
    // A connection that breaks while nobody uses it is replaced; the next request finds out whether that works.
    this.pool.on("error", () => undefined);
  }

  /**
   * Run one statement.
   *
   * @param text - SQL with `$1` and so on.
   * @param values - What these stand for.
   * @returns The rows.
   */
  async rows(text: string, values: readonly unknown[]): Promise<readonly Record<string, unknown>[]> {
    const result = await this.pool.query<Record<string, unknown>>(text, [...values]);
    return result.rows;
  }

  /**
   * Close every connection.
   *
   * @returns Once they are closed.
   */
  async close(): Promise<void> {
    await this.pool.end();
  }
}
