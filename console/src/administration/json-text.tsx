/** Data as the API answers it, to be read by people who know it. */
export function JsonText({ value }: { value: unknown }) {
  return <pre class="json">{JSON.stringify(value, null, 2)}</pre>;
}
