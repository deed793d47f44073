class Lost extends Error {}
class Gone extends Error {}
/**/*!*/
 * Finds.
 * @param key - The key.
 * @returns What.
 */
export function find(id: string): string {
  return id;
}
/**
 * Finds.
 * @param id - The id.
 * @param other - Not there./*!*/
 * @returns What.
 */
export function renamed(id: string): string {
  return id;
}
/**
 * Finds.
 * @param id - The id.
 * @returns What.
 * @throws {Gone} Never.
 */
export function other(id: string): string {/*!*/
  if (id) throw new Lost(id);
  return id;
}
/**
 * Finds.
 * @param id/*!*/
 * @returns/*!*/
 */
export function blank(id: string): string {
  return id;
}
/**
 * echo
 * @param id - The id.
 * @returns What.
 */
export function echo(id: string): string {/*!*/
  return id;
}
/**/*!*/
 * @param id - The id.
 * @returns The other.
 */
export function undescribed(id: string): string {
  return id;
}
/**
 * Later.
 * @param id - The id.
 * @returns It.
 */
export const later = async (id: string): Promise<string> => {/*!*/
  if (!id) throw new Lost(id);
  return id;
};
/**
 * By another.
 * @param id - The id.
 */
export function called(id: string): void {/*!*/
  if (!id) lose(id);
}
function lose(id: string): never {
  throw new Lost(id);
}
