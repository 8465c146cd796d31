"""The programs themselves: how they are built, what they say of themselves, how they refuse."""

import os
import re

from blackbox import CERTGEN, INIT, ROOT, main, read, refuses, run, runs, test

MIB = 1024 * 1024
STATUSES = [0, 64, 65, 66, 69, 70, 71, 73, 74, 75, 76, 77, 78, 80, 81]


@test
def both_programs_are_static_pie_and_small():
    for program in (INIT, CERTGEN):
        assert "static-pie linked" in runs("file", program).out
        assert os.stat(program).st_size < 6 * MIB, os.stat(program).st_size


@test
def both_programs_are_hardened():
    for program in (INIT, CERTGEN):
        headers = runs("readelf", "-lW", program).out
        assert re.search(r"GNU_STACK +\S+ +\S+ +\S+ +\S+ +\S+ +RW ", headers), headers
        assert "GNU_RELRO" in headers and "INTERP" not in headers, headers
        dynamic = runs("readelf", "-dW", program).out
        assert "NEEDED" not in dynamic and "BIND_NOW" in dynamic, dynamic
        assert "__stack_chk_fail" in runs("nm", program + ".debug").out


@test
def help_lists_the_commands_and_every_exit_status():
    for program, commands in ((INIT, ["prepare", "seal", "run", "wait", "status", "keystore"]), (CERTGEN, ["ca", "cert", "csr", "http", "sign", "renew", "inspect", "verify", "convert", "bundle", "fingerprint"])):
        text = runs(program, "--help").out
        for command in commands:
            assert re.search(r"^  %s\b" % command, text, re.M), command
        assert [int(n) for n in re.findall(r"^  (\d+) +\S", text, re.M)] == STATUSES, text


def command_names(*words):
    text = runs(*words, "--help").out.split("commands:")[1].split("\n\n")[0]
    return re.findall(r"^  ([a-z-]+)\b.*  ", text, re.M)


@test
def help_and_man_page_name_the_same_options_variables_and_statuses():
    for program, page in ((INIT, "init.1"), (CERTGEN, "certgen.1")):
        man = read(ROOT + "/docs/" + page).replace("\\-", "-")
        commands = [[name] for name in command_names(program)]
        assert commands
        if program == INIT:
            commands += [[group, name] for group in ("keystore", "config") for name in command_names(program, group)]
        options = set()
        for command in commands:
            text = runs(program, *command, "--help").out
            options |= set(re.findall(r"^  (?:-\w, )?--([a-z-]+)", text, re.M))
            for variable in re.findall(r"\[\$([A-Z_]+)\]", text):
                assert variable in man, variable
        described = man.split(".SH OPTIONS")[1].split(".SH ENVIRONMENT")[0]
        in_man = set(re.findall(r'^\.TP\n\.B[IR]* (?:-\w ", " )?--([a-z-]+)', described, re.M))
        assert options | {"help"} == in_man, options.symmetric_difference(in_man)
        assert [int(n) for n in re.findall(r"^\.TP(?: 5)?\n(\d+)$", man, re.M)] == STATUSES


@test
def help_goes_to_stdout_only_when_it_was_asked_for():
    asked = run(INIT, "--help")
    assert asked.status == 0 and asked.out and not asked.err
    refuses(64, "which command", INIT)
    assert re.fullmatch(r"init \d+\.\d+\.\d+\n", runs(INIT, "--version").out)


@test
def a_misspelt_command_option_or_value_is_answered_with_the_nearest():
    refuses(64, r"unknown command 'init prepair'; did you mean init prepare\?", INIT, "prepair")
    refuses(64, r"unknown option '--stor' for init prepare; did you mean --store\?", INIT, "prepare", "--stor", "x")
    refuses(64, r"--timeout takes a time", INIT, "wait", "--timeout", "soon")
    refuses(64, r"--store needs a value", INIT, "prepare", "--store")
    refuses(64, r"takes no word such as 'es01'", INIT, "prepare", "es01")
    refuses(64, r"unknown option '-z'", INIT, "prepare", "-z")
    refuses(64, r"--log-format is text or json, not 'xml'", INIT, "status", "--log-format", "xml")


@test
def a_log_in_json_is_one_object_a_line_with_ecs_names():
    import json

    result = run(INIT, "prepare", "--stack", "none.yml", "--log-format", "json")
    lines = [json.loads(line) for line in result.err.splitlines()]
    assert result.status == 66 and lines[-1]["log.level"] == "error", result
    for line in lines:
        assert {"@timestamp", "log.level", "message", "ecs.version", "process.name"} <= set(line), line


@test
def no_configuration_of_openssl_or_curl_is_ever_read():
    env = {"OPENSSL_CONF": "/nonexistent/openssl.cnf", "CURL_HOME": "/nonexistent", "SSL_CERT_FILE": "/nonexistent/ca"}
    trace = runs("strace", "-f", "-e", "trace=open,openat,access", CERTGEN, "ca", "--pem", "--out", "./", env=env).err
    assert "ca.crt" in trace and "/nonexistent" not in trace and "openssl.cnf" not in trace, trace


main()
