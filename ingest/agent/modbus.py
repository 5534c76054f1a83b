"""Read registers of a Modbus/TCP device. The only module that imports pymodbus."""

import logging
from collections.abc import Sequence

from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from ingest.agent.config import ModbusSensor
from models.base.errors import Invalid

logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # the agent logs each problem itself, once

TIMEOUT_S = 3.0
_WORDS = {"int16": 1, "uint16": 1, "int32": 2, "uint32": 2, "float32": 2}
_EXCEPTIONS = {1: "illegal function", 2: "no such register", 3: "illegal value", 4: "device failure", 6: "busy"}


class ModbusHost:
    """One TCP connection to a device or gateway, opened when needed. For one thread."""

    def __init__(self, host: str, port: int) -> None:
        self._client = ModbusTcpClient(host, port=port, timeout=TIMEOUT_S, retries=0)
        self._name = f"{host} port {port}"

    def read(self, sensor: ModbusSensor) -> float:
        """Return the sensor's raw value.

        Raises:
            Invalid: no connection, no answer, or the device refused.
        """
        try:
            if not self._client.connected and not self._client.connect():  # type: ignore[no-untyped-call]
                raise Invalid(f"{self._name}: no connection")
            return self._value(sensor, self._ask(sensor))
        except (ModbusException, OSError) as error:  # pymodbus passes on a reset connection unchanged
            self._client.close()  # type: ignore[no-untyped-call]
            raise Invalid(f"{self._name}: {error}") from None

    def _ask(self, sensor: ModbusSensor) -> ModbusPDU:
        read = {
            "holding": self._client.read_holding_registers,
            "input": self._client.read_input_registers,
            "coil": self._client.read_coils,
            "discrete": self._client.read_discrete_inputs,
        }[sensor.table]
        count = 1 if sensor.table in {"coil", "discrete"} else _WORDS[sensor.type]
        answer = read(sensor.address, count=count, device_id=sensor.unit)
        if answer.isError():
            code = getattr(answer, "exception_code", None)
            words = _EXCEPTIONS.get(code or 0, f"exception {code}")
            raise Invalid(f"{self._name} unit {sensor.unit} register {sensor.address}: {words}")
        return answer

    def _value(self, sensor: ModbusSensor, answer: ModbusPDU) -> float:
        if sensor.table in {"coil", "discrete"}:
            if not answer.bits:
                raise Invalid(f"{self._name} {sensor.table} {sensor.address}: the answer is empty")
            return float(answer.bits[0])
        registers: Sequence[int] = answer.registers
        kind = self._client.DATATYPE[sensor.type.upper()]
        value = self._client.convert_from_registers(list(registers), kind, word_order=sensor.word_order)
        if not isinstance(value, int | float):
            raise Invalid(f"{self._name} register {sensor.address}: {value!r} is not a number")
        return float(value)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()  # type: ignore[no-untyped-call]
