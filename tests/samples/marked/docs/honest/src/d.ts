/** It is not there. */
export class NotFound extends Error { constructor(id: string) { super(id); } }
