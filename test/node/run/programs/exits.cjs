// Ends as it is told: by its code, by an exception, by itself.
const [how] = process.argv.slice(2)
process.on('exit', code => { console.log(`main ${require.main === module} exit ${code}`) })
if (how === 'code') process.exit(5)
if (how === 'throw') throw new Error('thrown')
if (how === 'reject') void Promise.reject(new Error('rejected'))
if (how === 'unref') require('net').createServer().listen(0).unref()
if (how === 'keepalive') {
  const http = require('http')
  const server = http.createServer((request, response) => { response.end() }).listen(0, () => {
    http.get({ port: server.address().port, agent: new http.Agent({ keepAlive: true }) }, response => { response.resume().on('end', () => { server.close() }) })
  })
}
