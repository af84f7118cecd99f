/** CSV text. In: one field. Out: the field as it may stand in a row, quoted where it must be (RFC 4180). */
export function quoteCsv(field: string): string {
  return /[",\r\n]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
