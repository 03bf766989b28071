package opencode.nexus.itests;

import com.google.zxing.BarcodeFormat;
import com.google.zxing.BinaryBitmap;
import com.google.zxing.DecodeHintType;
import com.google.zxing.RGBLuminanceSource;
import com.google.zxing.ReaderException;
import com.google.zxing.common.HybridBinarizer;
import com.google.zxing.qrcode.QRCodeReader;
import com.microsoft.playwright.Locator;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/** What the camera of a phone reads from the screen. */
final class Camera {
    private static final int TRIES = 60;
    private static final int PAUSE_MILLIS = 500;

    private Camera() {}

    /** The text of the QR code that can be seen there; news that lie over it for some seconds are waited for. */
    static String read(Locator code) throws IOException, ReaderException {
        for (int tried = 1; ; tried++) {
            try {
                return look(code);
            } catch (ReaderException e) {
                if (tried == TRIES) {
                    throw e;
                }
                code.page().waitForTimeout(PAUSE_MILLIS);
            }
        }
    }

    private static String look(Locator code) throws IOException, ReaderException {
        BufferedImage seen = ImageIO.read(new ByteArrayInputStream(code.screenshot()));
        int[] pixels = seen.getRGB(0, 0, seen.getWidth(), seen.getHeight(), null, 0, seen.getWidth());
        return new QRCodeReader()
                .decode(
                        new BinaryBitmap(
                                new HybridBinarizer(new RGBLuminanceSource(seen.getWidth(), seen.getHeight(), pixels))),
                        Map.of(
                                DecodeHintType.POSSIBLE_FORMATS,
                                List.of(BarcodeFormat.QR_CODE),
                                DecodeHintType.TRY_HARDER,
                                true))
                .getText();
    }
}
