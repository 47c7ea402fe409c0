// For `explore`: an HTTP client that tries three times, half a second each, over a link that loses a tenth; some seeds defeat it.

export const options = { limit: '1min', keepFrames: 2000 }

export default async function scenario(world) {
  const [server, client] = [world.host('server'), world.host('client')]
  world.link(server, client, 'delay 20ms loss 10%')
  await server.run(({ http }) => { http.createServer((_, response) => response.end('hello')).listen(80) })
  await client.run(async () => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await (await fetch('http://server/', { signal: AbortSignal.timeout(500) })).text()
      } catch (error) {
        if (attempt === 3) throw error
      }
    }
  })
}
