class Lost extends Error {}
/**
 * Tries, and gives up.
 *
 * @param id - What to try.
 * @returns What came of it.
 */
export async function tried(id: string): Promise<string> {
  try {
    if (!id) throw new Lost(id);
    return id;
  } catch {
    return "";
  }
}
/**
 * By another that does more than to throw.
 *
 * @param id - What to look at.
 */
export function looked(id: string): void {
  look(id);
}
function look(id: string): void {
  if (!id) throw new Lost(id);
}
/**
 * Later.
 *
 * @param id - What to look at.
 * @returns Nothing.
 * @throws {Lost} Where there is none.
 */
export const later = async (id: string): Promise<void> => {
  if (!id) throw new Lost(id);
};
/** What is given to each of them is described by a type. */
export interface Port {
  /**
   * Get it.
   *
   * @param id - Its identifier.
   * @returns It.
   */
  get(id: string): string;
}
export const memory: Port = {
  get(id: string): string {
    return id;
  },
};
export const spare = { get: (id: string): string => id } satisfies Port;
