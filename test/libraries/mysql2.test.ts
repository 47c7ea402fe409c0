import mysql from 'mysql2'
import type { Connection, RowDataPacket } from 'mysql2'
import { expect, it } from 'vitest'
import { closing, onBadLink, payload } from './bad-link.ts'

/** What the server half of mysql2 has beyond its declarations. */
interface ServerConnection extends Connection {
  serverHandshake(options: object): void
  writeTextResult(rows: object[], columns: object[]): void
  writeError(error: { code: number, message: string }): void
  _resetSequenceId(): void
  writeOk(options: { affectedRows: number }): void
  stream: { end(): void }
}

interface Database {
  on(name: 'connection', then: (connection: ServerConnection) => void): void
  listen(port: number): void
  close(done: () => void): void
}

const column = (name: string): object => ({
  catalog: 'def', schema: 'shop', table: 'orders', orgTable: 'orders', name, orgName: name, characterSet: 33, columnLength: 400_000, columnType: 253,
  flags: 0, decimals: 0,
})

function answer(connection: ServerConnection, sql: string, large: string): void {
  if (sql.startsWith('insert')) connection.writeOk({ affectedRows: 3 })
  else if (sql.includes('large')) connection.writeTextResult([{ id: '1', item: large }], [column('id'), column('item')])
  else if (sql.includes('orders')) connection.writeTextResult([{ id: '1', item: 'tea' }, { id: '2', item: 'cake' }], [column('id'), column('item')])
  else connection.writeError({ code: 1146, message: 'no such table' })
}

it('mysql2: a pool of connections, rows, a large value, an error, the end', () => onBadLink(17, async ({ server, client }) => {
  const large = payload().toString('hex')
  const stop = await server.run(() => {
    const database = (mysql.createServer as () => unknown)() as Database
    let connections = 0
    database.on('connection', connection => {
      connection.serverHandshake({
        protocolVersion: 10, serverVersion: '8.0.0', connectionId: ++connections, statusFlags: 2, characterSet: 8, capabilityFlags: 0xffffff ^ 0x800 ^ 0x20,
      })
      connection.on('query', (sql: string) => {
        answer(connection, sql, large)
        connection._resetSequenceId()
      })
      connection.on('quit', () => { connection.stream.end() })
      connection.on('error', () => undefined)
    })
    database.listen(3306)
    return closing(database)
  })
  const seen = await client.run(async () => {
    const pool = mysql.createPool({ host: 'server', user: 'root', database: 'shop', connectionLimit: 3 }).promise()
    const queries = await Promise.all(Array.from({ length: 6 }, () => pool.query<RowDataPacket[]>('select * from orders')))
    const [done] = await pool.query('insert into orders values (1), (2), (3)')
    const [[row]] = await pool.query<RowDataPacket[]>('select large')
    const error = await pool.query('select * from nothing').catch((reason: unknown) => reason) as { errno: number }
    await pool.end()
    return [queries.map(([rows]) => rows.map(each => each.item as string).join(' ')), (done as { affectedRows: number }).affectedRows, row.item === large, error.errno]
  })
  expect(seen).toEqual([Array.from({ length: 6 }, () => 'tea cake'), 3, true, 1146])
  await server.run(stop)
}))
