// SPDX-License-Identifier: Apache-2.0
// vogate adql: what the services make of a query, for those who write queries and those who wonder
// why one is slow.
#include "adql/adql.h"

#include <array>
#include <fstream>
#include <iostream>
#include <iterator>

#include "adql/functions.h"
#include "base/error.h"
#include "base/text.h"
#include "command.h"
#include "pg/connection.h"
#include "schema/catalog_reader.h"

namespace vo::vogate {

namespace {

constexpr const char* kUsage =
    R"(usage: vogate adql [--check [--udf SIGNATURE]...] [-f FILE]

Reads one ADQL query, from FILE or from standard input, and prints the PostgreSQL that it becomes
with the columns of its result as comments: it can be piped into psql, or written after EXPLAIN.

  -f FILE, --file FILE
  --check            only say whether it is ADQL; no table or column need exist, and no database
  --udf SIGNATURE    with --check: a function that the service in question has besides those here,
                     such as 'eso_overlap(a REGION, b REGION) -> DOUBLE'
  --help

Exit status: 0 the query is valid; 1 it could not be looked into; 2 it is not valid ADQL, with line
and column on standard error; 3 it is, but names a table, column or function that does not exist.
)";

constexpr int kFailed = 1;
constexpr int kInvalid = 2;
constexpr int kUnknownName = 3;
constexpr std::size_t kMaxQuery = 10'000'000;

struct Arguments {
    std::string file;
    bool check = false;
    bool help = false;
    std::vector<std::string> declarations;
};

Arguments parse_arguments(const std::vector<std::string>& words) {
    Arguments out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto& word = words[i];
        // "--name VALUE" and "--name=VALUE"
        const auto value_of = [&](std::string_view name) -> std::optional<std::string> {
            if (word.starts_with(std::string(name) + '=')) return word.substr(name.size() + 1);
            if (word != name) return {};
            if (i + 1 == words.size())
                throw Error(Code::BadRequest, std::string(name) + " wants a value after it");
            return words[++i];
        };
        if (word == "--help" || word == "-h") {
            out.help = true;
        } else if (word == "--check") {
            out.check = true;
        } else if (const auto signature = value_of("--udf")) {
            out.declarations.push_back(*signature);
        } else if (const auto file = value_of("--file")) {
            out.file = *file;
        } else if (const auto name = value_of("-f")) {
            out.file = *name;
        } else {
            throw Error(Code::BadRequest, "adql takes no \"" + word + "\"; see vogate adql --help");
        }
    }
    if (!out.declarations.empty() && !out.check)
        throw Error(Code::BadRequest,
                    "--udf stands beside --check: only what has a body here "
                    "becomes SQL");
    return out;
}

std::string read_query(const std::string& path) {
    std::ifstream file;
    if (!path.empty() && path != "-") {
        file.open(path, std::ios::binary);
        if (!file) throw Error(Code::Internal, "cannot read \"" + path + '"');
    }
    auto& in = path.empty() || path == "-" ? std::cin : file;
    std::string query;
    std::array<char, 65536> piece;
    while (in.read(piece.data(), piece.size()), in.gcount() > 0) {
        query.append(piece.data(), static_cast<std::size_t>(in.gcount()));
        if (query.size() > kMaxQuery) throw Error(Code::Internal, "the query is too long");
    }
    return query;
}

std::string_view or_dash(const std::string& text) {
    return text.empty() ? std::string_view("-") : std::string_view(text);
}

void print(const adql::Translation& translation) {
    std::cout << translation.sql;
    if (translation.top >= 0) std::cout << " LIMIT " << translation.top;
    std::cout << ";\n\n-- name\tdatatype\tarraysize\txtype\tunit\tucd\tutype\tdescription\n";
    for (const auto& column : translation.columns) {
        std::cout << "-- " << column.name << '\t' << table::datatype(column.type);
        for (const auto* text : {&column.arraysize, &column.xtype, &column.unit, &column.ucd,
                                 &column.utype, &column.description}) {
            std::string line(or_dash(*text));
            for (char& c : line)
                if (c == '\n' || c == '\r' || c == '\t') c = ' ';
            std::cout << '\t' << line;
        }
        std::cout << '\n';
    }
    for (const auto& warning : translation.warnings)
        std::cerr << "vogate: warning: " << warning << '\n';
}

void look_into(const Context& context, const Arguments& arguments) {
    const auto query = read_query(arguments.file);
    if (arguments.check) {
        adql::Declarations declared;
        for (const auto& signature : arguments.declarations)
            declared.add(signature);
        adql::check(query, declared);
        return;
    }
    const auto config = read_config(context.config_path);
    pg::Connection db(config.database_query, "vogate adql");
    print(adql::translate(query, schema::read_catalog(db)));
}

}  // namespace

int run_adql(const Context& context, const std::vector<std::string>& args) {
    // The status tells how far the query came; 2, elsewhere for wrong usage, is taken.
    try {
        const auto arguments = parse_arguments(args);
        if (arguments.help)
            std::cout << kUsage;
        else
            look_into(context, arguments);
        return 0;
    } catch (const Error& error) {
        std::cerr << "vogate: " << error.what() << '\n';
        switch (error.code()) {
            case Code::BadQuery: return kInvalid;
            case Code::UnknownName: return kUnknownName;
            default: return kFailed;
        }
    }
}

}  // namespace vo::vogate
