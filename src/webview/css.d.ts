/** Style sheets are imported as text, `with { type: 'text' }`, and adopted by a shadow root. */
declare module '*.css' {
  const text: string;
  export default text;
}
