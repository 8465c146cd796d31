// kibana.keystore read and written with Node's crypto, as the documented format says; Kibana publishes
// its own class in no package. It is made as lenient as that class: the number of the format is not
// looked at, and base64 is whatever Buffer takes for it.
//
// stdin is a JSON list of orders, stdout a JSON list of what became of each:
// {"do": "read" or "write", "path", "password", "settings": {name: any JSON}}
"use strict";

const crypto = require("crypto");
const fs = require("fs");

const SALT = 64, IV = 12, TAG = 16, ROUNDS = 10000;

function keyOf(password, salt) {
	return crypto.pbkdf2Sync(password, salt, ROUNDS, 32, "sha512");
}

function read(order) {
	const line = fs.readFileSync(order.path, "utf8").split(":")[1];
	const bytes = Buffer.from(line, "base64");
	const salt = bytes.subarray(0, SALT);
	const iv = bytes.subarray(SALT, SALT + IV);
	const opener = crypto.createDecipheriv("aes-256-gcm", keyOf(order.password || "", salt), iv);
	opener.setAuthTag(bytes.subarray(SALT + IV, SALT + IV + TAG));
	const text = opener.update(bytes.subarray(SALT + IV + TAG), null, "utf8") + opener.final("utf8");
	return { settings: JSON.parse(text), text };
}

function write(order) {
	const salt = crypto.randomBytes(SALT), iv = crypto.randomBytes(IV);
	const sealer = crypto.createCipheriv("aes-256-gcm", keyOf(order.password || "", salt), iv);
	const text = Buffer.concat([sealer.update(JSON.stringify(order.settings), "utf8"), sealer.final()]);
	const bytes = Buffer.concat([salt, iv, sealer.getAuthTag(), text]);
	fs.writeFileSync(order.path, "1:" + bytes.toString("base64"));
	return {};
}

function run(order) {
	try {
		return { read, write }[order.do](order);
	} catch (error) {
		return { error: String(error.message) };
	}
}

process.stdout.write(JSON.stringify(JSON.parse(fs.readFileSync(0, "utf8")).map(run)));
