// SPDX-License-Identifier: Apache-2.0
// The catalogue of the ADQL tests.
#include "sample_catalog.h"

#include "base/text.h"

namespace vo::test {

namespace {

using schema::Storage;
using table::Type;

struct ColumnRow {
    std::string_view name;
    Type type;
    std::string_view unit = "";
    std::string_view ucd = "";
    Storage storage = Storage::Plain;
    bool delimited = false;
    std::string_view arraysize = "";
};

void add_table(schema::Catalog& catalog,
               std::string_view schema,
               std::string_view name,
               const std::vector<ColumnRow>& columns,
               const std::vector<schema::Position>& positions = {}) {
    schema::Table table;
    table.schema_name = schema;
    table.base_name = name;
    table.name = std::string(schema) + "." + std::string(name);
    table.sql_name = sql_identifier(schema) + "." + sql_identifier(name);
    table.type = "table";
    table.positions = positions;
    for (const auto& row : columns) {
        schema::Column column;
        column.name = row.name;
        column.sql_name = row.name;
        column.type = row.type;
        column.unit = row.unit;
        column.ucd = row.ucd;
        column.storage = row.storage;
        column.delimited = row.delimited;
        column.description = "the " + std::string(row.name);
        column.utype = "test:" + std::string(row.name);
        if (row.type == Type::Text || row.type == Type::Timestamp || row.type == Type::DoubleArray)
            column.arraysize = "*";
        if (row.type == Type::Timestamp) column.xtype = "timestamp";
        if (row.storage == Storage::Region) column.xtype = "adql:REGION";
        if (row.storage == Storage::Point) column.arraysize = "2", column.xtype = "point";
        if (row.storage == Storage::Circle) column.arraysize = "3", column.xtype = "circle";
        if (row.storage == Storage::Polygon) column.xtype = "polygon";
        if (!row.arraysize.empty()) column.arraysize = row.arraysize;
        table.columns.push_back(column);
    }
    catalog.tables.push_back(std::move(table));
}

schema::Catalog make_catalog() {
    schema::Catalog catalog;
    catalog.schemas = {{"tap_schema", "", "", {0}},
                       {"ivoa", "", "", {1, 2}},
                       {"dl3", "", "", {3, 4}},
                       {"test", "", "", {5, 6}}};
    add_table(catalog, "tap_schema", "columns",
              {{"table_name", Type::Text},
               {"column_name", Type::Text},
               {"size", Type::Int, "", "", Storage::Plain, true},
               {"principal", Type::Int},
               {"indexed", Type::Int}});
    add_table(catalog, "ivoa", "obscore",
              {{"obs_publisher_did", Type::Text, "", "meta.ref.ivoid"},
               {"obs_id", Type::Text, "", "meta.id"},
               {"calib_level", Type::Int, "", "meta.code;obs.calib"},
               {"s_ra", Type::Double, "deg", "pos.eq.ra"},
               {"s_dec", Type::Double, "deg", "pos.eq.dec"},
               {"s_fov", Type::Double, "deg", "phys.angSize;instr.fov"},
               {"s_region", Type::Text, "", "pos.outline;obs.field", Storage::Region},
               {"t_min", Type::Double, "d", "time.start;obs.exposure"},
               {"em_min", Type::Double, "m", "em.wl;stat.min"},
               {"obs_creation_date", Type::Timestamp, "", "time;meta.dataset"},
               {"access_estsize", Type::Long, "kbyte", "phys.size;meta.file"},
               {"obs", Type::Long, "", "meta.id"}},
              {{"s_ra", "s_dec", "pos"}});
    add_table(catalog, "ivoa", "obscore_hea",
              {{"obs_publisher_did", Type::Text, "", "meta.ref.ivoid"},
               {"ev_xel", Type::Int, "", "meta.number"},
               {"energy_max", Type::Double, "eV", "em.energy;stat.max"},
               {"s_ref_energy", Type::Float, "eV", ""}});
    add_table(catalog, "dl3", "events",
              {{"obs", Type::Long, "", "meta.id"},
               {"event_id", Type::Long, "", "meta.id"},
               {"time_mjd", Type::Double, "d", "time.epoch"},
               {"ra", Type::Double, "deg", "pos.eq.ra"},
               {"dec", Type::Double, "deg", "pos.eq.dec"},
               {"energy", Type::Double, "TeV", "em.energy"}},
              {{"ra", "dec", "pos"}});
    add_table(catalog, "dl3", "observations",
              {{"obs", Type::Long, "", "meta.id"},
               {"obs_id", Type::Text},
               {"n_tels", Type::Short},
               {"livetime", Type::Float, "s", "time.duration"}});
    // A column of every kind.
    add_table(catalog, "test", "kinds",
              {{"flag", Type::Bool},
               {"short_n", Type::Short},
               {"int_n", Type::Int},
               {"long_n", Type::Long},
               {"float_n", Type::Float, "m", "phys.size"},
               {"double_n", Type::Double, "m", "phys.size"},
               {"word", Type::Text},
               {"at_time", Type::Timestamp},
               {"numbers", Type::DoubleArray},
               {"place", Type::DoubleArray, "deg", "pos.eq", Storage::Point},
               {"disc", Type::DoubleArray, "deg", "pos.outline", Storage::Circle},
               {"outline", Type::DoubleArray, "deg", "pos.outline", Storage::Polygon},
               {"Mixed Case", Type::Int, "", "", Storage::Plain, true}});
    // What uploads may have.
    add_table(catalog, "test", "sizes",
              {{"code", Type::Text, "", "", Storage::Plain, false, "3"},
               {"name", Type::Unicode, "", "", Storage::Plain, false, "8*"},
               {"byte_n", Type::Byte},
               {"short_n", Type::Short},
               {"pair", Type::DoubleArray, "d", "", Storage::Plain, false, "2"},
               {"triple", Type::DoubleArray, "d", "", Storage::Plain, false, "3"},
               {"energy", Type::Double, "eV"}});
    catalog.index_tables();
    return catalog;
}

}  // namespace

const schema::Catalog& sample_catalog() {
    static const auto catalog = make_catalog();
    return catalog;
}

}  // namespace vo::test
