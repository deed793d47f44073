declare namespace JSX { interface IntrinsicElements { p: { title?: string } } interface Element { kind: string } }
declare const h: (name: string, props: object | null, ...rest: unknown[]) => JSX.Element;
export const render = (title: string): JSX.Element => h("p", { title });
