package opencode.nexus.ui;

import java.util.List;

/**
 * One line of the list that the build of the pages writes: what is where, and how it is sent.
 *
 * @param address the path a browser asks for
 * @param file where its content is, below the directory of the list
 * @param encodings {@code br}, {@code gz}: the compressed forms that lie beside the file
 */
record PageFile(
        String address,
        String file,
        String contentType,
        String etag,
        boolean immutable,
        boolean open,
        List<String> encodings) {

    private static final int COLUMNS = 7;

    PageFile {
        encodings = List.copyOf(encodings);
    }

    /**
     * Reads a line.
     *
     * @throws IllegalArgumentException when it has another number of columns than the build writes
     */
    static PageFile parse(String line) {
        String[] columns = line.split("\t", -1);
        if (columns.length != COLUMNS) {
            throw new IllegalArgumentException("not a line of the list of pages: " + line);
        }
        return new PageFile(
                columns[0],
                columns[1],
                columns[2],
                columns[3],
                columns[4].equals("immutable"),
                columns[5].equals("open"),
                List.of(columns[6].split(",")));
    }

    boolean has(String encoding) {
        return encodings.contains(encoding);
    }
}
