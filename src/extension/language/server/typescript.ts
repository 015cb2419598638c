import ts from 'typescript';

/*
 * The very compiler that the kernel runs cells with, so that what is underlined in red is what the kernel would refuse.
 */
export { ts };

export type { ts as TypeScript };
