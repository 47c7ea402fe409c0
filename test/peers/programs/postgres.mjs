// Queries, a transaction, notifications and a large result of a PostgreSQL server, by pg; with TLS where asked.
import pg from 'pg'

const [host, secure] = process.argv.slice(2)
const pool = new pg.Pool({
  host, port: 5432, user: 'postgres', database: 'postgres', max: 3, ssl: secure === 'tls' ? { rejectUnauthorized: false } : false,
})
const client = await pool.connect()
await client.query('create table fish (id serial primary key, name text)')
await client.query('begin')
for (let i = 0; i < 200; i++) await client.query('insert into fish (name) values ($1)', [`sockeye ${i}`])
await client.query('commit')
const { rows: [{ count }] } = await client.query('select count(*)::int from fish')
const { rows: [{ text }] } = await client.query("select repeat('salmon', 200000) as text")

const heard = new Promise(resolve => { client.once('notification', ({ channel, payload }) => { resolve(`${channel}: ${payload}`) }) })
await client.query('listen news')
await pool.query("notify news, 'hello'")
const parallel = await Promise.all(Array.from({ length: 20 }, (_, i) => pool.query('select $1::int as n', [i])))
const { rows: [{ ssl }] } = await client.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()')

const sum = parallel.reduce((before, each) => before + each.rows[0].n, 0)
console.log(JSON.stringify({ count, length: text.length, heard: await heard, sum, ssl }))
client.release()
await pool.end()
