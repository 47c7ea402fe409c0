// What comes in goes out, in capitals.
process.stdin.setEncoding('utf8').on('data', text => { process.stdout.write(text.toUpperCase()) })
