// Interleaved timing of whole processes.
import { spawnSync } from 'node:child_process';

/**
 * Runs every command `rounds` times, one after the other in each round, and gives each one's median in milliseconds.
 * @param {readonly {name: string, command: readonly string[], env?: object}[]} rows
 */
export function interleaved(rows, rounds) {
  const times = rows.map(() => []);
  for (let round = -2; round < rounds; round++) {
    rows.forEach((row, index) => {
      const begin = process.hrtime.bigint();
      const done = spawnSync(row.command[0], row.command.slice(1), { env: row.env, stdio: ['ignore', 'ignore', 'pipe'] });
      const took = Number(process.hrtime.bigint() - begin) / 1e6;
      if (done.status !== 0) throw new Error(`${row.name}: exit ${done.status}: ${done.stderr}`);
      if (round >= 0) times[index].push(took);
    });
  }
  return rows.map((row, index) => ({ name: row.name, median: median(times[index]) }));
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

export function table(rows, columns) {
  const text = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '')))];
  const widths = columns.map((_, at) => Math.max(...text.map((line) => line[at].length)));
  for (const line of text) console.log(line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  '));
}
