import { ConfigurationError } from "./errors.js";

/** What the environment says. */
export interface Settings {
  readonly databaseUrl: string;
  readonly port: number;
}

const HIGHEST_PORT = 65_535;
const DEFAULT_PORT = "8080";

/**
 * Read the settings.
 *
 * @param env - The environment.
 * @returns The settings, defaults filled in.
 * @throws {ConfigurationError} Where one is missing or can't be used.
 */
export function settings(env: NodeJS.ProcessEnv): Settings {
  const databaseUrl = env.DATABASE_URL;
  if (!databaseUrl) {
    throw new ConfigurationError("DATABASE_URL is not set");
  }
  const port = Number(env.PORT ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 0 || port > HIGHEST_PORT) {
    throw new ConfigurationError("PORT is not a port");
  }
  return { databaseUrl, port };
}
