// `node parse.cjs NODE_MODULES FOLDER`: what the vendor's tools read from the folder's cloudbaserc.json, as JSON.
const [modules, cwd] = process.argv.slice(2);
const { ConfigParser } = require(`${modules}/@cloudbase/toolbox`);
new ConfigParser({ cwd }).get().then((config) => process.stdout.write(JSON.stringify(config)));
