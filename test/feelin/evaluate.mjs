// Reads a JSON list of FEEL expressions, writes a JSON list of what feelin makes of them: { value } or { error }.
import { readFileSync } from 'node:fs'
import { evaluate } from 'feelin'

function plain(value) {
  if (value === null || value === undefined) return null
  if (typeof value === 'number') return Number.isFinite(value) ? value : { unknown: String(value) }
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map(plain)
  if (Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]))
  }
  return { unknown: String(value) }
}

const results = JSON.parse(readFileSync(0, 'utf8')).map((expression) => {
  try {
    return { value: plain(evaluate(expression, {}).value) }
  } catch (fault) {
    return { error: String(fault.message) }
  }
})
process.stdout.write(JSON.stringify(results))
