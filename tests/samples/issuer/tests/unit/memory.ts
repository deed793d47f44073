import type { Client, ClientRepository } from "../../src/repositories/clients.js";
import type { Credential, CredentialRepository } from "../../src/repositories/credentials.js";
import type { TokenRepository } from "../../src/repositories/tokens.js";

/** Clients in memory; `broken` makes them as a database that does not answer. */
export class MemoryClients implements ClientRepository {
  readonly all = new Map<string, Client>();
  broken = false;

  async add(client: Client): Promise<boolean> {
    if ([...this.all.values()].some((each) => each.name === client.name)) {
      return false;
    }
    this.all.set(client.id, client);
    return true;
  }

  async find(id: string): Promise<Client | undefined> {
    return this.all.get(id);
  }

  async check(): Promise<void> {
    if (this.broken) {
      throw new RangeError("broken");
    }
  }
}

/** Tokens in memory. */
export class MemoryTokens implements TokenRepository {
  readonly all = new Map<string, { clientId: string; expiresAt: Date }>();

  async add(hash: string, clientId: string, expiresAt: Date): Promise<void> {
    this.all.set(hash, { clientId, expiresAt });
  }

  async owner(hash: string, now: Date): Promise<string | undefined> {
    const found = this.all.get(hash);
    return found && found.expiresAt > now ? found.clientId : undefined;
  }
}

/** Credentials in memory. */
export class MemoryCredentials implements CredentialRepository {
  readonly all = new Map<string, { clientId: string; credential: Credential }>();

  async add(clientId: string, credential: Credential): Promise<boolean> {
    if ((await this.list(clientId, Infinity)).some((each) => each.subject === credential.subject)) {
      return false;
    }
    this.all.set(credential.id, { clientId, credential });
    return true;
  }

  async list(clientId: string, limit: number): Promise<readonly Credential[]> {
    const own = [...this.all.values()].filter((each) => each.clientId === clientId);
    return own.map((each) => each.credential).slice(0, limit);
  }

  async find(clientId: string, id: string): Promise<Credential | undefined> {
    const found = this.all.get(id);
    return found?.clientId === clientId ? found.credential : undefined;
  }

  async revoke(clientId: string, id: string): Promise<boolean> {
    return this.all.get(id)?.clientId === clientId && this.all.delete(id);
  }
}
