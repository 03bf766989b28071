package opencode.nexus.web.dashboard;

import com.google.zxing.BarcodeFormat;
import com.google.zxing.BinaryBitmap;
import com.google.zxing.DecodeHintType;
import com.google.zxing.NotFoundException;
import com.google.zxing.RGBLuminanceSource;
import com.google.zxing.ReaderException;
import com.google.zxing.Result;
import com.google.zxing.ResultMetadataType;
import com.google.zxing.common.HybridBinarizer;
import com.google.zxing.qrcode.QRCodeReader;
import java.io.StringReader;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

/** Draws an SVG of squares on a dark ground, and reads the QR code that is to be seen then. */
final class Camera {
    private static final int SCALE = 4;
    private static final int GROUND = 12;
    private static final Pattern CELL = Pattern.compile("M(\\d+) (\\d+)h1v1h-1z");

    /** @param correction L, M, Q or H */
    record Seen(String text, String correction, String title) {}

    private Camera() {}

    static Seen look(String svg) throws Exception {
        Document document = DocumentBuilderFactory.newDefaultInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(svg)));
        int side = Integer.parseInt(
                document.getDocumentElement().getAttribute("viewBox").split(" ")[2]);
        Element light = (Element) document.getElementsByTagName("path").item(0);
        Element dark = (Element) document.getElementsByTagName("path").item(1);
        if (!light.getAttribute("d").equals("M0 0h" + side + "v" + side + "H0z")
                || !List.of(light.getAttribute("fill"), dark.getAttribute("fill"))
                        .equals(List.of("#fff", "#000"))) {
            throw new AssertionError("not black on white: " + svg);
        }
        int width = (side + 2 * GROUND) * SCALE;
        int[] pixels = new int[width * width];
        square(pixels, width, 0, 0, side, 0xFFFFFF);
        Matcher cells = CELL.matcher(dark.getAttribute("d"));
        while (cells.find()) {
            square(pixels, width, Integer.parseInt(cells.group(1)), Integer.parseInt(cells.group(2)), 1, 0);
        }
        Result result = read(pixels, width);
        return new Seen(
                result.getText(),
                String.valueOf(result.getResultMetadata().get(ResultMetadataType.ERROR_CORRECTION_LEVEL)),
                document.getElementsByTagName("title").item(0).getTextContent());
    }

    private static Result read(int[] pixels, int width) throws ReaderException, NotFoundException {
        return new QRCodeReader()
                .decode(
                        new BinaryBitmap(new HybridBinarizer(new RGBLuminanceSource(width, width, pixels))),
                        Map.of(DecodeHintType.POSSIBLE_FORMATS, List.of(BarcodeFormat.QR_CODE)));
    }

    private static void square(int[] pixels, int width, int x, int y, int side, int colour) {
        for (int line = (y + GROUND) * SCALE; line < (y + GROUND + side) * SCALE; line++) {
            int from = line * width + (x + GROUND) * SCALE;
            Arrays.fill(pixels, from, from + side * SCALE, colour);
        }
    }
}
