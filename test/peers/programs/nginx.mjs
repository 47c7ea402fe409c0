// One nginx by everything that speaks HTTP in Node: http, https, http2, fetch, and the undici package.
import { createHash } from 'node:crypto'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import { Agent, Pool, request } from 'undici'

const [host] = process.argv.slice(2)
const plain = `http://${host}:8080`
const secure = `https://${host}:8443`

const digest = bytes => createHash('sha256').update(bytes).digest('hex')

async function collect(stream) {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return digest(Buffer.concat(chunks))
}

const get = (module, url, options) => new Promise((resolve, reject) => {
  module.get(url, options, response => { resolve(collect(response)) }).on('error', reject)
})

async function byHttp2() {
  const session = http2.connect(secure, { rejectUnauthorized: false })
  const digests = await Promise.all(Array.from({ length: 3 }, () => collect(session.request({ ':path': '/big' }))))
  await new Promise(resolve => { session.close(resolve) })
  return new Set(digests).size === 1 ? digests[0] : 'different'
}

async function byPool() {
  const pool = new Pool(plain, { connections: 4 })
  const bodies = await Promise.all(Array.from({ length: 40 }, async () => (await pool.request({ path: '/small', method: 'GET' })).body.text()))
  await pool.close()
  return new Set(bodies).size === 1 ? bodies[0] : 'different'
}

const insecure = new Agent({ connect: { rejectUnauthorized: false } })
const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false })
console.log(JSON.stringify({
  http: await get(http, `${plain}/big`),
  https: await get(https, `${secure}/big`, { agent }),
  httpsAgain: await get(https, `${secure}/big`, { agent }),
  http2: await byHttp2(),
  fetch: digest(Buffer.from(await (await fetch(`${plain}/big`)).arrayBuffer())),
  undici: await collect((await request(`${secure}/big`, { dispatcher: insecure })).body),
  pool: await byPool(),
  refused: await fetch(`http://${host}:8081`).catch(error => error.cause.code),
}))
agent.destroy()
await insecure.close()
