# Fills a template: @name@ becomes the environment's FILL_name, @other@ stays as it is.
{
    line = $0
    filled = ""
    while (match(line, /@[a-z_]+@/)) {
        name = substr(line, RSTART + 1, RLENGTH - 2)
        before = substr(line, 1, RSTART - 1)
        if (("FILL_" name) in ENVIRON) {
            filled = filled before ENVIRON["FILL_" name]
            line = substr(line, RSTART + RLENGTH)
        } else {
            filled = filled before "@"
            line = substr(line, RSTART + 1)
        }
    }
    print filled line
}
