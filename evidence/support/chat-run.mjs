// One chat world in a process of its own; prints its result as JSON.
import { chatWorld } from './chat-world.mjs'

console.log(JSON.stringify(await chatWorld({ minutes: Number(process.argv[2] ?? 10) })))
