// Tables as text (RFC 4180).

export function toCsv(lines: string[][]): string {
  return lines.map((cells) => `${cells.map(quoted).join(",")}\r\n`).join("");
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replace(/"/g, `""`)}"` : cell;
}
