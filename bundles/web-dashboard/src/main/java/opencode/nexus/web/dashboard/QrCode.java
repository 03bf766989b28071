package opencode.nexus.web.dashboard;

import io.nayuki.qrcodegen.QrCode.Ecc;

/** Pictures that the camera of a phone reads. */
final class QrCode {
    /** Cells that have to be left white around it. */
    private static final int QUIET = 4;

    private QrCode() {}

    /**
     * As SVG, black on white whatever surrounds it, without any size of its own.
     *
     * @param title what it is, for those who do not see it
     */
    static String svg(String text, String title) {
        io.nayuki.qrcodegen.QrCode code = io.nayuki.qrcodegen.QrCode.encodeText(text, Ecc.MEDIUM);
        int side = code.size + 2 * QUIET;
        StringBuilder path = new StringBuilder();
        for (int y = 0; y < code.size; y++) {
            for (int x = 0; x < code.size; x++) {
                if (code.getModule(x, y)) {
                    path.append('M')
                            .append(x + QUIET)
                            .append(' ')
                            .append(y + QUIET)
                            .append("h1v1h-1z");
                }
            }
        }
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 " + side + " " + side
                + "\" shape-rendering=\"crispEdges\"><title>" + escaped(title)
                + "</title><path fill=\"#fff\" d=\"M0 0h" + side + "v" + side + "H0z\"/><path fill=\"#000\" d=\"" + path
                + "\"/></svg>";
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
